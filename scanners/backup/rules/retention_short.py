"""A retention that is declared and not kept: the point from before the intrusion is no longer there when it is needed.

The oldest good point of each system against its declared retention, once older ones were seen and are gone. The way
tools thin out is allowed for: a week under a month of retention, a month beyond (ours). A repository that never held
an older point is too young to tell.
"""

from __future__ import annotations

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
    """Systems whose oldest point is younger than the retention they declare."""
    short, unknown = [], []
    for system in facts.plan.systems:
        found = _kept_days(facts, system)
        if found is None or system.retention_days is None:
            unknown.append(system.name)
            continue
        wanted = timedelta(days=system.retention_days)
        if found + spacing(wanted) >= wanted:
            continue
        if _older_are_gone(facts, system, found, wanted):
            short.append(Finding(system.name, {"days": found.days, "retention_days": system.retention_days}))
        else:
            unknown.append(system.name)
    return judged(len(facts.plan.systems), short, unknown, _DOUBT if unknown else None)


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
