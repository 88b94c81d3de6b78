"""Incidents to read: the register of an establishment, one incident with its timeline, those of a logbook."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.declaration_clocks import ClockState
from care.domain.incidents import Assessment, Happening, IncidentFacts, assess
from care.domain.programme import Gravity, IncidentKind, IncidentState, PatientImpact
from care.services.errors import Forbidden, NotFound
from care.services.incidents.clocks import DutyClocks, clocks_here
from care.services.incidents.rows import facts_of, find, gravity_of
from care.services.incidents.writing import IncidentDraft
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.store.exercises import Logbook
from care.store.incidents import Incident, IncidentEvent


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """What a reader asked to see: words, the year of detection (0 for all), a state, a gravity."""

    search: str = ""
    year: int = 0
    state: IncidentState | None = None
    gravity: Gravity | None = None


ALL = IncidentFilter()


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """An incident in a list. `late` steps are past their limit, `waiting` ones are still to be settled; `next_until`
    is the nearest limit that runs."""

    id: int
    number: int
    title: str
    detected_at: datetime
    closed_at: datetime | None
    state: IncidentState
    kind: IncidentKind
    impact: PatientImpact
    gravity: Gravity
    decided: bool
    late: int
    waiting: int
    next_until: datetime | None


@dataclass(frozen=True, slots=True)
class Register:
    """The incidents of an establishment, the latest first: `open` ones apart. `total` counts them all."""

    open: tuple[IncidentLine, ...]
    closed: tuple[IncidentLine, ...]
    years: tuple[int, ...]
    total: int
    may_change: bool
    may_export: bool


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """A line of the timeline. `number` is its rank as written; `corrects` and `corrected_by` are numbers too."""

    id: int
    number: int
    what: Happening
    happened_at: datetime
    text: str
    at: datetime
    by: str
    corrects: int | None = None
    corrected_by: int | None = None


@dataclass(frozen=True, slots=True)
class LogbookRef:
    """A logbook tied to an incident; `title` is empty when the reader may not see it."""

    id: int
    title: str
    closed: bool


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident to read. `assessment` is what its facts say, `gravity` what holds, `decided` that a person said so.

    `drifted`: what the facts say is no longer what the person decided.
    """

    id: int
    establishment_id: int
    number: int
    draft: IncidentDraft
    facts: IncidentFacts
    state: IncidentState
    closed_at: datetime | None
    gravity: Gravity
    gravity_why: str
    decided: bool
    drifted: bool
    assessment: Assessment
    duties: tuple[DutyClocks, ...]
    timeline: tuple[TimelineLine, ...]
    logbook: LogbookRef | None
    lessons: str
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str
    version: int
    may_change: bool
    may_open_logbook: bool
    may_export: bool

    @property
    def closed(self) -> bool:
        """Whether it is over."""
        return self.state is IncidentState.CLOSED


def list_incidents(platform: Platform, scope: Scope, establishment_id: int, wanted: IncidentFilter = ALL) -> Register:
    """The register of an establishment. NotFound, Forbidden."""
    zone = ZoneInfo(platform.settings.timezone)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_INCIDENTS)
        rows = rows_of(session, place.id)
        kept = [row for row in rows if _keeps(wanted, row, zone)]
        clocks = clocks_here(
            platform, session, [row for row in kept if row.state is not IncidentState.CLOSED], scope.lang
        )
        lines = [_line(row, clocks.get(row.id, ())) for row in kept]
        return Register(
            open=tuple(one for one in lines if one.state is not IncidentState.CLOSED),
            closed=tuple(one for one in lines if one.state is IncidentState.CLOSED),
            years=tuple(sorted({row.detected_at.astimezone(zone).year for row in rows}, reverse=True)),
            total=len(rows),
            may_change=scope.allows(Right.MANAGE_INCIDENTS, place.lineage),
            may_export=scope.allows(Right.EXPORT, place.lineage),
        )


def incidents_under_way(platform: Platform, scope: Scope, establishment_id: int) -> tuple[IncidentLine, ...]:
    """Those that are not closed, the latest first, for the home of an establishment; none for who may not see them."""
    query = select(Incident).where(
        Incident.establishment_id == establishment_id,
        Incident.state != IncidentState.CLOSED,
        within(scope, Right.SEE_INCIDENTS, Incident.establishment_id),
    )
    with platform.database.read() as session:
        rows = session.scalars(query.order_by(Incident.detected_at.desc(), Incident.id.desc())).all()
        if not rows:  # the home opens most often when nothing goes wrong: one statement
            return ()
        clocks = clocks_here(platform, session, rows, scope.lang)
        return tuple(_line(row, clocks[row.id]) for row in rows)


def rows_of(session: Session, establishment_id: int) -> Sequence[Incident]:
    """The incidents of an establishment, the latest first; who asks was checked before."""
    query = select(Incident).where(Incident.establishment_id == establishment_id)
    return session.scalars(query.order_by(Incident.detected_at.desc(), Incident.id.desc())).all()


def _keeps(wanted: IncidentFilter, row: Incident, zone: ZoneInfo) -> bool:
    if wanted.year and row.detected_at.astimezone(zone).year != wanted.year:
        return False
    if wanted.state is not None and row.state is not wanted.state:
        return False
    if wanted.gravity is not None and gravity_of(row) is not wanted.gravity:
        return False
    said = _plain(f"{row.number} {row.title} {row.services} {row.cause} {row.description}")
    return all(word in said for word in _plain(wanted.search).split())


def _plain(text: str) -> str:
    """Without case nor accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in letters if not unicodedata.combining(one))


def _line(row: Incident, duties: Iterable[DutyClocks]) -> IncidentLine:
    clocks = [clock for duty in duties for clock in duty.clocks if not clock.state.settled]
    limits = [clock.until for clock in clocks if clock.state is ClockState.RUNNING and clock.until is not None]
    return IncidentLine(
        id=row.id,
        number=row.number,
        title=row.title,
        detected_at=row.detected_at,
        closed_at=row.closed_at,
        state=row.state,
        kind=row.kind,
        impact=row.patient_impact,
        gravity=gravity_of(row),
        decided=row.gravity is not Gravity.UNKNOWN,
        late=sum(clock.state in (ClockState.LATE, ClockState.AT_ONCE) for clock in clocks),
        waiting=len(clocks),
        next_until=min(limits, default=None),
    )


def open_incident(platform: Platform, scope: Scope, incident_id: int) -> IncidentView:
    """One incident, its clocks at this minute. NotFound for a stranger, Forbidden without the right."""
    with platform.database.read() as session:
        row, place = find(session, scope, incident_id)
        assessment = assess(facts_of(row))
        contacts = scope.allows(Right.SEE_CONTACTS, place.lineage)
        return IncidentView(
            id=row.id,
            establishment_id=place.id,
            number=row.number,
            draft=draft_of(row),
            facts=facts_of(row),
            state=row.state,
            closed_at=row.closed_at,
            gravity=gravity_of(row),
            gravity_why=row.gravity_why,
            decided=row.gravity is not Gravity.UNKNOWN,
            drifted=row.gravity not in (Gravity.UNKNOWN, assessment.gravity),
            assessment=assessment,
            duties=clocks_here(platform, session, [row], scope.lang)[row.id],
            timeline=timeline_of(session, row),
            logbook=_logbook(session, row, seen=contacts),
            lessons=row.lessons,
            created_at=row.created_at,
            created_by=row.created_by,
            changed_at=row.changed_at,
            changed_by=row.changed_by,
            version=row.version,
            may_change=scope.allows(Right.MANAGE_INCIDENTS, place.lineage),
            may_open_logbook=contacts and scope.allows(Right.MANAGE_INCIDENTS, place.lineage),
            may_export=scope.allows(Right.EXPORT, place.lineage),
        )


def draft_of(row: Incident) -> IncidentDraft:
    """The sheet as people typed it."""
    return IncidentDraft(**{name: getattr(row, name) for name in IncidentDraft.__dataclass_fields__})


def timeline_of(session: Session, row: Incident) -> tuple[TimelineLine, ...]:
    """Every line in the order of the facts, the latest first."""
    query = select(IncidentEvent).where(IncidentEvent.incident_id == row.id).order_by(IncidentEvent.id)
    events = session.scalars(query).all()
    numbers = {one.id: number for number, one in enumerate(events, start=1)}
    corrected = {one.detail["corrects"]: numbers[one.id] for one in events if "corrects" in one.detail}
    lines = [
        TimelineLine(
            id=one.id,
            number=numbers[one.id],
            what=Happening(one.what),
            happened_at=one.happened_at,
            text=one.text,
            at=one.at,
            by=one.by,
            corrects=numbers.get(one.detail.get("corrects", 0)),
            corrected_by=corrected.get(one.id),
        )
        for one in events
    ]
    return tuple(sorted(lines, key=lambda one: (one.happened_at, one.number), reverse=True))


def _logbook(session: Session, row: Incident, *, seen: bool) -> LogbookRef | None:
    found = session.get(Logbook, row.logbook_id) if row.logbook_id is not None else None
    if found is None:
        return None
    return LogbookRef(found.id, found.title if seen else "", found.closed_at is not None)


@dataclass(frozen=True, slots=True)
class IncidentName:
    """An incident as others point to it."""

    id: int
    number: int
    title: str


def incidents_of_logbook(
    platform: Platform, scope: Scope, establishment_id: int, logbook_id: int
) -> tuple[IncidentName, ...]:
    """The incidents tied to a logbook, for who sees incidents there; none otherwise."""
    with platform.database.read() as session:
        try:
            place = visible_establishment(session, scope, establishment_id, Right.SEE_INCIDENTS)
        except (NotFound, Forbidden):
            return ()
        query = select(Incident).where(Incident.logbook_id == logbook_id, Incident.establishment_id == place.id)
        return tuple(
            IncidentName(row.id, row.number, row.title) for row in session.scalars(query.order_by(Incident.id))
        )


def start_of(platform: Platform, scope: Scope, establishment_id: int, logbook_id: int) -> tuple[str, datetime] | None:
    """What an incident opened from a logbook begins with: its title and its hour; None when it is not the reader’s."""
    with platform.database.read() as session:
        try:
            place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTACTS)
        except (NotFound, Forbidden):
            return None
        row = session.get(Logbook, logbook_id)
        if row is None or row.establishment_id != place.id or row.exercise_id is not None:
            return None
        return row.title, row.opened_at
