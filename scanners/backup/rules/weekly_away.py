"""The copy kept away only helps if it is recent: a weekly one is recommended (PGSSI-S 7.4.4.3).

Age of the newest good point of the copies in another building: measured in the repository when there is one, else the
declared date of the last success. A system that has no copy there, or whose copies tell no date, is not judged.
Threshold: 7 days.
"""

from __future__ import annotations

from datetime import date

from scanners.backup.facts import BackupFacts, Copy, System
from scanners.backup.strategy import copy_points, dated_ahead, outside
from scanners.backup.telling import judged_save
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs

MAX_DAYS = 7
_UNTOLD = Text(
    "Rien ne dit de quand date une copie hors du bâtiment : {names}. Notez-en une dans le plan, avec sa dernière "
    "réussite (« last_success »), ou reliez-la à un dépôt avec sa machine (« host »).",
    "Nothing tells how old a copy out of the building is: {names}. Write one in the plan, with its last success "
    "(“last_success”), or link it to a repository with its machine (“host”).",
)


def check(facts: BackupFacts) -> Verdict:
    """Systems whose copy in another building is older than a week."""
    newest = {system.name: _newest(facts, system) for system in facts.plan.systems}
    return judged_save(
        len(newest),
        (
            Finding(name, {"newest": day.isoformat(), "age_days": facts.days_since(day)})
            for name, day in newest.items()
            if day is not None and facts.days_since(day) > MAX_DAYS
        ),
        (name for name, day in newest.items() if day is None),
        _UNTOLD,
    )


def _newest(facts: BackupFacts, system: System) -> date | None:
    """Day of the newest point away, None when there is no copy there or none whose day is known."""
    days = (_last(facts, copy) for copy in system.copies if outside(system, copy))
    return max((day for day in days if day is not None), default=None)


def _last(facts: BackupFacts, copy: Copy) -> date | None:
    points = copy_points(facts, copy)
    if points is None:
        return None if dated_ahead(facts, copy) else copy.last_success
    return points[-1].date() if points else None


RULE = Rule(
    id="backup.weekly_away",
    title=Text("Copie distante de plus d’une semaine", "Remote copy older than a week"),
    message=Text(
        "La copie la plus récente de {subject} hors du bâtiment date du {newest} ({age_days} jours).",
        "The newest copy of {subject} out of the building dates from {newest} ({age_days} days).",
    ),
    remediation=Text(
        "Envoyez au moins une copie par semaine hors du bâtiment et faites alerter quand elle manque.",
        "Send at least one copy a week out of the building and have its absence raise an alert.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-15", "pgssi-s:7.4.4.3"),
    check=check,
    reads=("plan", "repositories"),
    kind=Kind.COMPUTED,
)
