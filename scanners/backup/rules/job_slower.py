"""A backup that takes longer every night ends up running into care hours, or never ending.

Median duration of the last three good runs of a job, against that of the fourteen days before them (three runs at
least), full and incremental ones apart: twice it, and half an hour more at least. The figures are ours.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.histories import counted_jobs, history_of, read_in
from scanners.backup.jobs import slower
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs

MIN_RATIO, MIN_HOURS = 2.0, 0.5


def check(facts: BackupFacts) -> Verdict:
    """Jobs that take far longer than they did."""
    history = history_of(facts, "end")
    found, unjudged, population = [], [], 0
    for name, runs in counted_jobs(facts, history).items():
        compared = list(slower(runs))
        population += 1
        odd = next((one for one in compared if one[0] >= MIN_RATIO * one[1] and one[0] - one[1] >= MIN_HOURS), None)
        if odd is not None:
            hours = {"measured_hours": round(odd[0], 1), "usual_hours": round(odd[1], 1)}
            found.append(Finding(name, {**hours, **read_in(history, runs[-1])}))
        elif not compared:
            unjudged.append(name)
    return judged(population, found, unjudged)


RULE = Rule(
    id="backup.job_slower",
    title=Text("Sauvegarde de plus en plus lente", "Backup slower and slower"),
    message=Text(
        "Le travail {subject} dure maintenant {measured_hours} h, pour {usual_hours} h auparavant.",
        "Job {subject} now takes {measured_hours} h, for {usual_hours} h before.",
    ),
    remediation=Text(
        "Comparez les journaux : volume, débit, attente d’une ressource, disque ou lien qui faiblit ; déplacez le "
        "travail s’il déborde sur les heures de soins.",
        "Compare the logs: volume, rate, waiting for a resource, a failing disk or link; move the job if it runs into "
        "care hours.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-09", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("jobs",),
    kind=Kind.COMPUTED,
)
