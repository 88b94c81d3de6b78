"""A job that succeeds on an emptied source is green and saves nothing.

The latest good run of a job against the median of the fourteen days before (three runs at least, else the last three):
at most a third of it, and less than half the smallest of them. Both figures are ours. Incremental runs are left out: a
Sunday changes little.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.histories import counted_jobs, history_of, read_in
from scanners.backup.jobs import Base, incremental, sizes
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs

MAX_RATIO, MAX_UNDER_SMALLEST = 1 / 3, 0.5


def _odd(base: Base) -> bool:
    smaller = base.latest <= MAX_RATIO * base.usual and base.latest < MAX_UNDER_SMALLEST * min(base.before)
    return smaller and base.usual > 0


def check(facts: BackupFacts) -> Verdict:
    """Jobs whose latest run is far smaller than usual."""
    history = history_of(facts, "bytes")
    found, unjudged, population = [], [], 0
    for name, runs in counted_jobs(facts, history).items():
        compared = [base for level, base in sizes(runs) if not incremental(level)]
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
    id="backup.job_size_drop",
    title=Text("Sauvegarde soudain presque vide", "Backup suddenly almost empty"),
    message=Text(
        "Le dernier passage du travail {subject} ne pèse que {size_mb} Mo, pour {usual_mb} Mo d’habitude.",
        "The latest run of job {subject} weighs only {size_mb} MB, for {usual_mb} MB as usual.",
    ),
    remediation=Text(
        "Vérifiez que la source est montée et pleine (volume, base, partage), que rien n’est exclu par erreur, puis "
        "relancez une sauvegarde complète. Gardez les anciennes copies jusque-là.",
        "Check that the source is mounted and full (volume, database, share) and that nothing is left out by mistake, "
        "then run a full backup again. Keep the old copies until then.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-09", "pgssi-s:7.4.2.5", "attack:T1485"),
    check=check,
    reads=("jobs",),
    kind=Kind.COMPUTED,
)
