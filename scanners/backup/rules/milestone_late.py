"""A step towards 3-2-1 whose day is over leaves systems where they were, and whoever reads the plan believes otherwise.

A milestone not reached by its day, while the system it speaks of (or any, when it names none or one that the plan does
not know) is still short of 3-2-1 or of an immutable copy (CaRE D2.O3.C asks for a dated trajectory).
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts, Milestone
from scanners.backup.strategy import weak_systems
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: BackupFacts) -> Verdict:
    """Milestones past their day that were not reached and still matter."""
    weak = {name.casefold() for name in weak_systems(facts)}
    known = {system.name.casefold() for system in facts.plan.systems}
    late = (one for one in facts.plan.milestones if one.done is None and facts.days_since(one.date) > 0)
    return judged(
        len(facts.plan.milestones),
        (
            Finding(_name(one), {"date": one.date.isoformat(), "late_days": facts.days_since(one.date)})
            for one in late
            if weak and (one.system.casefold() not in known or one.system.casefold() in weak)
        ),
    )


def _name(one: Milestone) -> str:
    return f"{one.system} / {one.title}" if one.system else one.title


RULE = Rule(
    id="backup.milestone_late",
    title=Text("Jalon dépassé vers le 3-2-1", "Milestone towards 3-2-1 overdue"),
    message=Text(
        "Le jalon « {subject} », prévu le {date}, est dépassé de {late_days} jour(s) sans être atteint.",
        "Milestone “{subject}”, planned for {date}, is {late_days} days overdue and not reached.",
    ),
    remediation=Text(
        "Dites ce qui bloque, faites valider une nouvelle date par la direction, ou notez le jour où le jalon a été "
        "atteint ; d’ici là, faites sortir une copie du bâtiment chaque semaine.",
        "Say what is in the way and have the direction agree on a new date, or write down the day the milestone was "
        "reached; until then, take a copy out of the building every week.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-13", "care-d2:O3.C"),
    check=check,
    reads=("plan", "repositories"),
    kind=Kind.COMPUTED,
)
