"""Encrypted data neither compress nor deduplicate: a backup that triples overnight may hold a ransomware at work.

The latest good run of a job against the median of the fourteen days before (three runs at least, else the last three),
full and incremental ones apart: at least three times it, more than half above the largest of them, and one gigabyte
more at least. The three figures are ours.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.histories import counted_jobs, history_of, read_in
from scanners.backup.jobs import Base, sizes
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs

MIN_RATIO, MIN_OVER_LARGEST, MIN_BYTES = 3.0, 1.5, 1_000_000_000


def _odd(base: Base) -> bool:
    larger = base.latest >= MIN_RATIO * base.usual and base.latest > MIN_OVER_LARGEST * max(base.before)
    return larger and base.latest - base.usual >= MIN_BYTES


def check(facts: BackupFacts) -> Verdict:
    """Jobs whose latest run is far larger than usual."""
    history = history_of(facts, "bytes")
    found, unjudged, population = [], [], 0
    for name, runs in counted_jobs(facts, history).items():
        compared = [base for _level, base in sizes(runs)]
        population += 1
        odd = next((base for base in compared if _odd(base)), None)
        if odd is not None:
            megabytes = (round(odd.latest / 1e6, 1), round(odd.usual / 1e6, 1))
            told = {"size_mb": megabytes[0], "usual_mb": megabytes[1], **read_in(history, runs[-1])}
            found.append(Finding(name, told))
        elif not compared:
            unjudged.append(name)
    return judged(population, found, unjudged)


RULE = Rule(
    id="backup.job_size_jump",
    title=Text("Sauvegarde soudain bien plus grosse", "Backup suddenly much larger"),
    message=Text(
        "Le dernier passage du travail {subject} pèse {size_mb} Mo, pour {usual_mb} Mo d’habitude.",
        "The latest run of job {subject} weighs {size_mb} MB, for {usual_mb} MB as usual.",
    ),
    remediation=Text(
        "Regardez tout de suite ce qui a changé à la source : fichiers renommés ou illisibles en nombre, nouvelle "
        "base, déplacement de données. Dans le doute, isolez la source et gardez les anciennes copies.",
        "Look at once at what changed at the source: files renamed or unreadable in numbers, a new database, data "
        "moved. When in doubt, isolate the source and keep the old copies.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-09", "pgssi-s:7.4.2.5", "attack:T1486"),
    check=check,
    reads=("jobs",),
    kind=Kind.COMPUTED,
)
