"""A failed job that nobody took in charge is the first night of a long silence.

With a job history: runs that failed or were cancelled in the thirty days before the list ends, that no success of the
same job followed within a day, and that no ticket names (its job, its machine or its system) opened from the day before
the failure to seven days after, or still open then. Without one: the number declared. Zero is expected (PGSSI-S
7.4.2.5); the delays are ours. Failures from before the first ticket, or younger than a day, are not judged, nor are the
days that a list does not cover. Warnings that last are told by `job_failing`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from scanners.backup.declared import answer_to
from scanners.backup.facts import BackupFacts
from scanners.backup.histories import Names, counted_jobs, covered
from scanners.backup.jobs import History, JobRun, JobTicket, written
from scanners.model import Finding, Kind, NotAssessable, Rule, Scalar, Severity, Text, Verdict, refs

LOOKED_AT = timedelta(days=30)
RETRIED = timedelta(days=1)
BEFORE, AFTER = timedelta(days=1), timedelta(days=7)
_NOTHING = ("failed", "cancelled")


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when failed jobs have no ticket."""
    if facts.history is None:
        return _declared(facts)
    failed, short = list(_failures(facts, facts.history)), _too_short(facts.history)
    if not failed:
        return Verdict(1, doubt=short)
    if facts.history.tickets is None:
        raise NotAssessable(
            f"{len(failed)} échec(s) de sauvegarde depuis trente jours, et aucune liste de tickets pour savoir s’ils "
            "ont été pris en charge : apportez celle de votre outil (objet et date d’ouverture).",
            f"{len(failed)} backup failure(s) in thirty days, and no list of tickets to tell whether they were "
            "handled: bring that of your tool (subject and opening date).",
        )
    names, since = Names(facts), facts.history.since
    told = [run for run in failed if run.start and since and run.start >= since]
    loose = [run for run in told if not any(_about(run, one, names) for one in facts.history.tickets)]
    doubt = short if len(told) == len(failed) else _DOUBT
    if not loose:
        return Verdict(1, doubt=doubt)
    evidence: dict[str, Scalar] = {
        "failed": len(loose),
        "date": f"{facts.history.until(loose):%Y-%m-%d}",
        "names": _names(loose),
    }
    return Verdict(1, (Finding(facts.plan.establishment, evidence),), doubt=doubt)


_DOUBT = Text(
    "Des échecs datent d’avant le premier ticket de la liste ; exportez les tickets de la même période.",
    "Some failures are from before the first ticket of the list; export the tickets of the same period.",
)


def _too_short(history: History) -> Text | None:
    """The doubt that a list leaves when it does not cover the days looked at, a night apart."""
    told_of = covered(history)
    short = {
        listed.name: told_of.get(rank, timedelta(0)).days
        for rank, listed in enumerate(history.lists)
        if told_of.get(rank, timedelta(0)) < LOOKED_AT - RETRIED
    }
    if not short:
        return None
    name, days = next(iter(short.items()))
    return Text(
        f"{name} ne couvre que {days} jour(s) sur les {LOOKED_AT.days} regardés ; apportez une liste d’un mois.",
        f"{name} covers {days} day(s) only of the {LOOKED_AT.days} looked at; bring a list of a month.",
    )


def _declared(facts: BackupFacts) -> Verdict:
    answer, failed = answer_to(facts, "failed_jobs_without_ticket")
    if not failed:
        return Verdict(1)
    day = answer.date.isoformat() if answer.date else "—"
    return Verdict(1, (Finding(facts.plan.establishment, {"failed": int(failed), "date": day, "names": "—"}),))


def _failures(facts: BackupFacts, history: History) -> Iterator[JobRun]:
    """Failed runs that no success followed soon, and that are old enough to have been seen."""
    for runs in counted_jobs(facts, history).values():
        until = history.list_of(runs[-1]).until
        since, last = until - LOOKED_AT, until - RETRIED
        for rank, run in enumerate(runs):
            if run.status in _NOTHING and run.start and since <= run.start <= last and not _retried(run, runs[rank:]):
                yield run


def _retried(run: JobRun, following: tuple[JobRun, ...]) -> bool:
    return any(
        one.status == "success" and one.start and run.start and one.start - run.start <= RETRIED for one in following
    )


def _about(run: JobRun, ticket: JobTicket, names: Names) -> bool:
    """Whether a ticket names what failed, and was opened or open around then."""
    if run.start is None or ticket.opened is None:
        return False
    around = run.start - BEFORE <= ticket.opened <= run.start + AFTER
    open_then = ticket.opened <= run.start and (ticket.closed is None or ticket.closed >= run.start)
    said = f" {written(ticket.text)} "
    wanted = {written(one) for one in (run.job, run.system, *(names.systems_of(run) or ()))}
    return (around or open_then) and any(one and f" {one} " in said for one in wanted)


def _names(runs: list[JobRun]) -> str:
    return ", ".join(dict.fromkeys(run.name for run in runs[-10:]))


RULE = Rule(
    id="backup.failures_without_ticket",
    title=Text("Échecs de sauvegarde sans ticket", "Backup failures without a ticket"),
    message=Text(
        "{subject} compte {failed} sauvegarde(s) en échec sans ticket (relevé : {date} ; travaux : {names}).",
        "{subject} has {failed} failed backup(s) without a ticket (as of {date}; jobs: {names}).",
    ),
    remediation=Text(
        "Ouvrez un ticket pour chaque échec, et faites créer les suivants par la supervision elle-même.",
        "Open a ticket for each failure, and have the next ones created by the monitoring itself.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-09", "care-d2:O3.D", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("plan", "jobs", "job_results", "tickets"),
    kind=Kind.COMPUTED,
)
