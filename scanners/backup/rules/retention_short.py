"""A retention that is declared and not kept: the point from before the intrusion is no longer there when it is needed.

The oldest good point against the declared retention, once older ones were seen and are gone: for each copy that has a
retention of its own, and for the others of a system together against that of the system. The way tools thin out is
allowed for: a week under a month of retention, a month beyond (ours). A repository that never held an older point is
too young to tell, a copy in no repository cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from scanners.backup.facts import BackupFacts, System
from scanners.backup.history import forgotten_points, spacing
from scanners.backup.strategy import measured_points
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs

_DOUBT = Text(
    "La conservation ne peut être vérifiée que sur des dépôts lus et suivis depuis assez longtemps, pour des systèmes "
    "dont la durée est déclarée ; complétez le plan et laissez les audits se suivre.",
    "Retention can only be verified on repositories read and followed for long enough, for systems whose retention is "
    "declared; complete the plan and let audits follow one another.",
)


def check(facts: BackupFacts) -> Verdict:
    """Systems and copies whose oldest point is younger than the retention they declare."""
    short, unknown = [], []
    promises = [one for system in facts.plan.systems for one in _promises(system)]
    for name, system, days in promises:
        found = _kept_days(facts, system)
        if found is None or days is None:
            unknown.append(name)
            continue
        wanted = timedelta(days=days)
        if found + spacing(wanted) >= wanted:
            continue
        if _older_are_gone(facts, system, found, wanted):
            short.append(Finding(name, {"days": found.days, "retention_days": days}))
        else:
            unknown.append(name)
    return judged(len(promises), short, unknown, _DOUBT if unknown else None)


def _promises(system: System) -> Iterator[tuple[str, System, float | None]]:
    """What is promised, of which copies, for how many days: each copy that has its own retention, then the others.

    Where every copy has its own and none reaches that of the system, the promise of the system is held against all.
    """
    own = [copy for copy in system.copies if copy.retention_days is not None]
    others = tuple(copy for copy in system.copies if copy.retention_days is None)
    for copy in own:
        yield f"{system.name} / {copy.name}", replace(system, copies=(copy,)), copy.retention_days
    asked, kept = system.retention_days, max((copy.retention_days or 0 for copy in own), default=0)
    if others or not own:
        yield system.name, replace(system, copies=others), asked
    elif asked is not None and kept < asked:
        yield system.name, system, asked


def _kept_days(facts: BackupFacts, system: System) -> timedelta | None:
    """The age of the oldest good point; None when it cannot be told."""
    points = measured_points(facts, system)
    return facts.collected_at - points[0] if points else None


def _older_are_gone(facts: BackupFacts, system: System, kept: timedelta, wanted: timedelta) -> bool:
    """Whether a point older than the oldest, still within the retention, was seen and is gone."""
    return any(kept < facts.collected_at - point.snapshot.time <= wanted for point in forgotten_points(facts, system))


RULE = Rule(
    id="backup.retention_short",
    title=Text("Conservation plus courte que déclaré", "Retention shorter than declared"),
    message=Text(
        "Le point le plus ancien de {subject} n’a que {days} jours, pour une conservation déclarée de {retention_days} "
        "jours.",
        "The oldest point of {subject} is only {days} days old, for a declared retention of {retention_days} days.",
    ),
    remediation=Text(
        "Comparez la rétention réglée dans l’outil à celle du plan, cherchez qui l’a raccourcie et quand, puis "
        "rétablissez-la ou corrigez le plan avec le responsable du système.",
        "Compare the retention set in the tool with that of the plan, find who shortened it and when, then set it "
        "back or correct the plan with the owner of the system.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-04", "pgssi-s:7.4.1.1"),
    check=check,
    reads=("plan", "repositories"),
)
