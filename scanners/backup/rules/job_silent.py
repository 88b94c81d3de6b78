"""A job that no longer starts fails without a noise: no error, no mail, only an absence.

Time between the last start of a job and the moment its list speaks up to, against three times the job's own rhythm, the
median of its gaps (three is ours). A job that started fewer than four times has no rhythm and is not judged; that is a
doubt when its list covers less than a week, or when it has not started for 35 days (both ours).
"""

from __future__ import annotations

from datetime import timedelta

from scanners.backup.facts import BackupFacts
from scanners.backup.histories import counted_jobs, covered, disabled_jobs, history_of, read_in, some
from scanners.backup.jobs import rhythm
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs

MAX_RHYTHMS = 3
MIN_DAYS, MAX_DAYS = 7, 35


def check(facts: BackupFacts) -> Verdict:
    """Jobs that have not started for longer than three times their rhythm."""
    history = history_of(facts)
    off, found, unjudged, population = disabled_jobs(history), [], [], 0
    told_of, doubtful = covered(history), []
    for name, runs in counted_jobs(facts, history).items():
        if name in off:
            continue
        population += 1
        every, last, until = rhythm(runs), runs[-1].start, history.list_of(runs[-1]).until
        if every is None or last is None:
            unjudged.append(name)
            short = told_of[runs[-1].source] < timedelta(days=MIN_DAYS)
            if short or (last is not None and until - last > timedelta(days=MAX_DAYS)):
                doubtful.append(name)
        elif until - last > MAX_RHYTHMS * every:
            silent = round((until - last).total_seconds() / 3600, 1)
            usual = round(every.total_seconds() / 3600, 1)
            hours = {"age_hours": silent, "every_hours": usual}
            found.append(Finding(name, {**hours, "newest": last.isoformat(), **read_in(history, runs[-1])}))
    return judged(population, found, unjudged, _doubt(doubtful) if doubtful else None)


def _doubt(names: list[str]) -> Text:
    return Text(
        f"Trop peu de démarrages pour connaître le rythme de ces travaux, dans une liste de moins d’une semaine ou "
        f"sans démarrage depuis plus de 35 jours : {some(names)}. Apportez une liste plus longue.",
        f"Too few starts to know the rhythm of these jobs, in a list of less than a week or without a start for more "
        f"than 35 days: {some(names)}. Bring a longer list.",
    )


RULE = Rule(
    id="backup.job_silent",
    title=Text("Travail de sauvegarde muet", "Silent backup job"),
    message=Text(
        "Le travail {subject} passait toutes les {every_hours} h ; il n’a pas démarré depuis {age_hours} h.",
        "Job {subject} ran every {every_hours} h; it has not started for {age_hours} h.",
    ),
    remediation=Text(
        "Vérifiez sa planification et le service de l’outil, lancez-le à la main, puis faites surveiller l’absence de "
        "démarrage et pas seulement l’échec.",
        "Check its schedule and the service of the tool, run it by hand, then have the absence of a start watched, not "
        "only failure.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-09", "care-d2:O3.D", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("jobs",),
    kind=Kind.COMPUTED,
)
