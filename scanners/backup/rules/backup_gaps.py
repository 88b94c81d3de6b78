"""A fresh last backup can hide nights without any: an incident on one of those days would have cost the whole gap.

Largest distance between two good points that ended in the last 30 days, against 1.5 times the PDMA. Both figures are
ours: half a period of tolerance absorbs jobs that start late without hiding a missed run.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from scanners.backup.facts import BackupFacts
from scanners.backup.strategy import measured_points
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs

HISTORY = timedelta(days=30)
TOLERANCE = 1.5
_DOUBT = Text(
    "Les trous de certains systèmes ne peuvent pas être cherchés : un de leurs dépôts n’a pas été lu, ou leur copie ne "
    "dit pas sa machine dans un dépôt qui en garde plusieurs ; rendez-le lisible, remplissez « host ».",
    "Holes of some systems cannot be looked for: one of their repositories was not read, or their copy does not tell "
    "its machine in a repository that holds several; make it readable, fill “host”.",
)


def check(facts: BackupFacts) -> Verdict:
    """Systems whose history has a hole larger than their PDMA allows."""
    found, unknown, told = [], [], 0
    for system in facts.plan.systems:
        points = measured_points(facts, system)
        if system.pdma_hours is None:
            continue
        if points is None:
            unknown += [system.name] if any(copy.repository for copy in system.copies) else []
            continue
        told += 1
        hours, end = _largest(points, facts.collected_at - HISTORY)
        if hours > TOLERANCE * system.pdma_hours:
            found.append(Finding(system.name, {"gap_hours": hours, "ended": end, "pdma_hours": system.pdma_hours}))
    return judged(told, found, unknown, _DOUBT if unknown else None)


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
