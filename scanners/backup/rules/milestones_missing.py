"""Where 3-2-1 or the immutable copy is not there yet, CaRE D2.O3.C asks for a trajectory with dated milestones.

At least one milestone not reached yet must lie on or after the day of the collection.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.strategy import weak_systems
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when systems are weak and no step is ahead."""
    weak = weak_systems(facts)
    ahead = any(one.done is None and facts.days_since(one.date) <= 0 for one in facts.plan.milestones)
    if not weak or ahead:
        return Verdict(1)
    return Verdict(
        1, (Finding(facts.plan.establishment, {"systems": ", ".join(weak), "milestones": len(facts.plan.milestones)}),)
    )


RULE = Rule(
    id="backup.milestones_missing",
    title=Text("Pas de trajectoire datée vers le 3-2-1", "No dated trajectory towards 3-2-1"),
    message=Text(
        "{subject} n’a aucun jalon à venir alors que ces systèmes n’ont pas le 3-2-1 avec copie immuable : {systems}.",
        "{subject} has no milestone ahead although these systems lack 3-2-1 with an immutable copy: {systems}.",
    ),
    remediation=Text(
        "Faites valider une trajectoire (quoi, quel système, quelle date, quel budget) et inscrivez ses jalons "
        "dans le plan.",
        "Have a trajectory approved (what, which system, which date, which budget) and write its milestones in "
        "the plan.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-13", "care-d2:O3.C", "care-d2:O3.B"),
    check=check,
    reads=("plan", "repositories"),
    kind=Kind.COMPUTED,
)
