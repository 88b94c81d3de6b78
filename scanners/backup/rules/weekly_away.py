"""The copy kept away only helps if it is recent: a weekly one is recommended (PGSSI-S 7.4.4.3).

Age of the newest good point of the copies in another building: measured in the repository when there is one, else the
declared date of the last success. A repository without any good point belongs to `no_restore_point`. Threshold: 7 days.
"""

from __future__ import annotations

from datetime import date

from scanners.backup.declared import unanswered
from scanners.backup.facts import BackupFacts, Copy, System
from scanners.backup.strategy import copy_points, dated_ahead, outside, unnamed
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs

MAX_DAYS = 7


def check(facts: BackupFacts) -> Verdict:
    """Systems whose copy in another building is older than a week."""
    late, told = [], 0
    held = [system for system in facts.plan.systems if any(outside(system, copy) for copy in system.copies)]
    for system in held:
        newest = _newest(facts, system)
        if newest is None:
            continue
        told += 1
        if facts.days_since(newest) > MAX_DAYS:
            late.append(Finding(system.name, {"newest": newest.isoformat(), "age_days": facts.days_since(newest)}))
    if not late and told < len(held):
        nameless = any(unnamed(facts, copy) for system in held for copy in system.copies)
        raise unanswered(f"systems[].copies[].{'host' if nameless else 'last_success'}")
    return judged(told, late)


def _newest(facts: BackupFacts, system: System) -> date | None:
    """Day of the newest point away, None when it is not known of any copy."""
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
