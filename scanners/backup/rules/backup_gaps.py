"""A fresh last backup can hide nights without any: an incident on one of those days would have cost the whole gap.

Largest distance between two good points that ended in the last 30 days, against 1.5 times the PDMA. Both figures are
ours: half a period of tolerance absorbs jobs that start late without hiding a missed run.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from scanners.backup.facts import BackupFacts
from scanners.backup.strategy import measured_points
from scanners.backup.telling import judged_save
from scanners.model import Finding, Rule, Severity, Text, Verdict, refs

HISTORY = timedelta(days=30)
LEAST_POINTS = 2
TOLERANCE = 1.5
_UNTOLD = Text(
    "Historique inconnu : {names}. Il faut une PDMA au plan, des dépôts tous lus et deux points dans ceux-ci, avec la "
    "machine de la copie (« host ») quand un dépôt en garde plusieurs.",
    "History not known: {names}. It takes a PDMA in the plan, repositories that were all read and two points in them, "
    "with the machine of the copy (“host”) when a repository holds several.",
)


def check(facts: BackupFacts) -> Verdict:
    """Systems whose history has a hole larger than their PDMA allows."""
    found: list[Finding] = []
    untold: list[str] = []
    for system in facts.plan.systems:
        points = measured_points(facts, system)
        if points is None or len(points) < LEAST_POINTS or system.pdma_hours is None:
            untold.append(system.name)
            continue
        hours, end = _largest(points, facts.collected_at - HISTORY)
        if hours > TOLERANCE * system.pdma_hours:
            found.append(Finding(system.name, {"gap_hours": hours, "ended": end, "pdma_hours": system.pdma_hours}))
    return judged_save(len(facts.plan.systems), found, untold, _UNTOLD)


def _largest(points: tuple[datetime, ...], since: datetime) -> tuple[float, str]:
    """Hours of the largest gap that ended after `since`, and when it ended."""
    gaps = ((later - earlier, later) for earlier, later in pairwise(points) if later >= since)
    size, end = max(gaps, default=(timedelta(), since))
    return round(size.total_seconds() / 3600, 1), end.isoformat()


RULE = Rule(
    id="backup.backup_gaps",
    title=Text("Trou dans l’historique des sauvegardes", "Hole in the backup history"),
    message=Text(
        "{subject} est resté {gap_hours} h sans point de restauration (jusqu’au {ended}), pour une PDMA de "
        "{pdma_hours} h.",
        "{subject} went {gap_hours} h without a restore point (until {ended}), for a PDMA of {pdma_hours} h.",
    ),
    remediation=Text(
        "Retrouvez dans le journal l’échec de ces jours-là, ouvrez un ticket pour chaque échec et faites alerter "
        "l’équipe dès le premier travail manqué.",
        "Find the failures of those days in the log, open a ticket for each and have the team alerted at the "
        "first missed job.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-05", "care-rules:SAV-09", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("plan", "repositories"),
)
