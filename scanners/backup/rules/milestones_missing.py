"""Where 3-2-1 or the immutable copy is not there yet, CaRE D2.O3.C asks for a trajectory with dated milestones.

For each system that is short, at least one milestone not reached yet must lie on or after the day of the collection:
its own, or one that names no system and is of all.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.strategy import weak_systems
from scanners.model import Finding, Kind, Rule, Scalar, Severity, Text, Verdict, refs


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when systems are weak and no step ahead is theirs."""
    ahead = {
        one.system.casefold() for one in facts.plan.milestones if one.done is None and facts.days_since(one.date) <= 0
    }
    alone = [name for name in weak_systems(facts) if not ahead & {"", name.casefold()}]
    if not alone:
        return Verdict(1)
    told: dict[str, Scalar] = {"systems": ", ".join(alone), "milestones": len(facts.plan.milestones)}
    return Verdict(1, (Finding(facts.plan.establishment, told),))


RULE = Rule(
    id="backup.milestones_missing",
    title=Text("Pas de trajectoire datée vers le 3-2-1", "No dated trajectory towards 3-2-1"),
    message=Text(
        "{subject} n’a aucun jalon à venir pour des systèmes qui n’ont pas le 3-2-1 avec copie immuable : {systems}.",
        "{subject} has no milestone ahead for systems that lack 3-2-1 with an immutable copy: {systems}.",
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
