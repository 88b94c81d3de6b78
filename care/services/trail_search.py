"""The audit trail to read: who did what, when, to what; the whole of it as a file; whether its chain holds.

Someone reads the events of the establishments where they hold the right; those of no establishment (accounts, regions)
are for who holds it on the whole platform.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select

from care.domain.access import Right, Scope
from care.domain.jobs import ACTIVE, JobKind, JobState
from care.services import jobs
from care.services.errors import Forbidden, Refused
from care.services.logbooks.verifying import faults_of_chains
from care.services.paging import Page, bounds
from care.services.places import within
from care.services.platform import Platform
from care.services.seal import TRAIL, verify_seal
from care.services.work import Hold
from care.store.jobs import Job, JobEvent
from care.store.registry import Establishment
from care.store.trail import TrailEvent
from reports.spreadsheets import csv_chunks
from scanners.model import Scalar, Text

_BATCH = 1000
_MOST_FAULTS = 8
"""As many as the sentence of a job holds."""
_HEADER = Text(
    "Numéro|Date|Auteur|Adresse|Événement|Objet|Numéro d’objet|Établissement|Détail|Empreinte",
    "Number|Date|Author|Address|Event|Thing|Thing number|Establishment|Detail|Hash",
)


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """What a reader asked to see; an empty value asks for everything. Days are both included, on our clock.

    `actor` is a whole login: at the size of a region, only what an index finds is sought.
    """

    actor: str = ""
    action: str = ""
    thing_kind: str = ""
    thing_id: str = ""
    since: date | None = None
    until: date | None = None
    number: int = 1
    per_page: int = 50


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One event. `establishment` is its name, "" for an event of none or one that is gone."""

    number: int
    at: datetime
    actor: str
    address: str
    action: str
    thing_kind: str
    thing_id: str
    establishment_id: int | None
    establishment: str
    detail: Mapping[str, Scalar]
    hash: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The latest reading of the whole chain: where it stands, and what it said."""

    state: JobState
    asked_at: datetime
    finished_at: datetime | None
    said: str


def search(platform: Platform, scope: Scope, wanted: TrailFilter) -> Page[TrailLine]:
    """A page of the events the scope may read, the latest first."""
    number, per_page = bounds(wanted.number, wanted.per_page)
    conditions = _conditions(platform, scope, wanted)
    with platform.database.read() as session:
        total = session.scalar(select(func.count()).select_from(TrailEvent).where(*conditions)) or 0
        query = _rows(conditions).order_by(TrailEvent.number.desc())
        rows = session.execute(query.limit(per_page).offset((number - 1) * per_page)).all()
    return Page(tuple(_line(event, name) for event, name in rows), number, per_page, total)


def export(platform: Platform, scope: Scope, wanted: TrailFilter, names: Mapping[str, str]) -> Iterator[bytes]:
    """The same events, oldest first, as a CSV file in pieces: read in batches, in flat memory. `names` words actions.

    The list ends with the last event there was when it began.
    """
    conditions = _conditions(platform, scope, wanted)
    with platform.database.read() as session:
        last = session.scalar(select(func.max(TrailEvent.number))) or 0
    header = _HEADER.render(scope.lang).split("|")
    zone = ZoneInfo(platform.settings.timezone)
    return csv_chunks(header, (_cells(line, zone, names) for line in _every(platform, conditions, last)))


def ask_verification(platform: Platform, scope: Scope) -> None:
    """Have the whole chain read again, by a job: it may be long. Nothing more when one already waits or runs."""
    _allowed(scope)
    with platform.database.write() as session:
        waiting = select(Job.id).where(Job.kind == JobKind.VERIFY_TRAIL, Job.state.in_(ACTIVE)).limit(1)
        if session.scalar(waiting) is None:
            jobs.submit(platform, session, jobs.Order(JobKind.VERIFY_TRAIL), scope.actor)


def last_verification(platform: Platform, scope: Scope) -> Verification | None:
    """The latest verification, or None when none was asked for lately."""
    _allowed(scope)
    with platform.database.read() as session:
        job = session.scalars(
            select(Job).where(Job.kind == JobKind.VERIFY_TRAIL).order_by(Job.id.desc()).limit(1)
        ).one_or_none()
        if job is None:
            return None
        last = select(JobEvent).where(JobEvent.job_id == job.id).order_by(JobEvent.id.desc()).limit(1)
        event = session.scalars(last).one_or_none()
        said = Text(event.fr, event.en) if event else Text("", "")
        return Verification(job.state, job.submitted_at, job.finished_at, said.render(scope.lang))


def verify_chain(platform: Platform, hold: Hold) -> None:
    """The job: read the chain again, and those of exercises and logbooks. It fails, with the places of the breaks, when
    one does not hold."""
    report = verify_seal(platform, TRAIL)
    faults = [*filter(None, [report.fault]), *faults_of_chains(platform)][:_MOST_FAULTS]
    if faults:
        raise Refused(Text(" ".join(one.fr for one in faults), " ".join(one.en for one in faults)))
    with platform.database.write() as session:
        count, marks = report.links, report.checkpoints
        said = Text(
            f"Chaîne intacte : {count} événements, {marks} signatures. Exercices et mains courantes : rien d’altéré.",
            f"Chain sound: {count} events, {marks} signatures. Exercises and logbooks: nothing altered.",
        )
        hold.finish(session, said)


def _allowed(scope: Scope) -> None:
    if not scope.allows_somewhere(Right.READ_TRAIL):
        raise Forbidden


def _conditions(platform: Platform, scope: Scope, wanted: TrailFilter) -> list[ColumnElement[bool]]:
    _allowed(scope)
    conditions: list[ColumnElement[bool]] = []
    if not scope.reach(Right.READ_TRAIL).everywhere:
        conditions.append(within(scope, Right.READ_TRAIL, TrailEvent.establishment_id))
    for column, value in (
        (TrailEvent.action, wanted.action),
        (TrailEvent.thing_kind, wanted.thing_kind),
        (TrailEvent.thing_id, wanted.thing_id),
    ):
        if value:
            conditions.append(column == value)
    if actor := wanted.actor.strip():
        conditions.append(TrailEvent.actor.in_({actor, actor.lower()}))
    return [*conditions, *_days(platform, wanted)]


def _days(platform: Platform, wanted: TrailFilter) -> Iterator[ColumnElement[bool]]:
    zone = ZoneInfo(platform.settings.timezone)
    if wanted.since is not None:
        yield TrailEvent.at >= datetime.combine(wanted.since, time.min, zone)
    if wanted.until is not None:
        yield TrailEvent.at < datetime.combine(wanted.until + timedelta(days=1), time.min, zone)


def _rows(conditions: list[ColumnElement[bool]]) -> Select[TrailEvent, str]:
    named = Establishment.id == TrailEvent.establishment_id
    return select(TrailEvent, Establishment.name).outerjoin(Establishment, named).where(*conditions)


def _every(platform: Platform, conditions: list[ColumnElement[bool]], last: int) -> Iterator[TrailLine]:
    number = 0
    while True:
        query = _rows(conditions).where(TrailEvent.number > number, TrailEvent.number <= last)
        with platform.database.read() as session:
            rows = session.execute(query.order_by(TrailEvent.number).limit(_BATCH)).all()
        if not rows:
            return
        yield from (_line(event, name) for event, name in rows)
        number = rows[-1][0].number


def _line(event: TrailEvent, establishment: str | None) -> TrailLine:
    return TrailLine(
        number=event.number,
        at=event.at,
        actor=event.actor,
        address=event.address,
        action=event.action,
        thing_kind=event.thing_kind,
        thing_id=event.thing_id,
        establishment_id=event.establishment_id,
        establishment=establishment or "",
        detail=event.detail,
        hash=event.hash,
    )


def _cells(line: TrailLine, zone: ZoneInfo, names: Mapping[str, str]) -> tuple[str | int | datetime, ...]:
    detail = " ; ".join(f"{key}={value}" for key, value in line.detail.items())
    return (
        line.number,
        line.at.astimezone(zone),
        line.actor,
        line.address,
        names.get(line.action, line.action),
        line.thing_kind,
        line.thing_id,
        line.establishment,
        detail,
        line.hash,
    )
