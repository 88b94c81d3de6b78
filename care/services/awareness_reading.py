"""The awareness plan to read: the year, attendance by profession, tests of phishing and how they turn out over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.awareness import (
    SESSION_KINDS,
    Attendance,
    Headcount,
    PhishingCounts,
    PhishingResults,
    SessionKind,
    added,
    attendance_rate,
)
from care.services.action_query import today
from care.services.awareness import results_of, visible_session
from care.services.errors import NotFound
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.governance import AwarenessSession, AwarenessYear
from reports.charts import Chart, rate_chart
from reports.words import Lang as ReportLang
from scanners.model import Lang, Text

ROLLING = timedelta(days=365)
"""The rolling period, as the HAS asks for awareness no older than twelve months."""
MOST_SESSIONS = 1000
_CAME_TO = (SessionKind.SESSION, SessionKind.CAMPAIGN)
OTHERS = Text("Autres", "Others")


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session. `people` adds up its attendance, all professions together. `late`: its day is over, nobody said how it
    went."""

    id: int
    establishment_id: int
    kind: SessionKind
    kind_name: str
    title: str
    held_on: date
    planned: bool
    late: bool
    digital_risk: bool
    cancelled: bool
    people: Attendance
    rate: float | None
    results: PhishingResults | None
    note: str


@dataclass(frozen=True, slots=True)
class AttendanceRow:
    """Attendance of one profession; `name` in the reader's language."""

    profession: str
    name: str
    attendance: Attendance
    rate: float | None


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session with everything about it."""

    line: SessionLine
    rows: tuple[AttendanceRow, ...]
    groups: tuple[tuple[str, PhishingCounts], ...]
    changed_at: datetime
    changed_by: str
    version: int
    may_manage: bool

    @property
    def establishment_id(self) -> int:
        """Where it was held."""
        return self.line.establishment_id


@dataclass(frozen=True, slots=True)
class YearRow:
    """One profession over a year: attendances at sessions and at trainings, and the different people that the
    establishment knows of. `reached_rate` is people reached out of the staff."""

    profession: str
    name: str
    sessions: Attendance
    rate: float | None
    trainings: int | None
    known: Headcount

    @property
    def reached_rate(self) -> float | None:
        """Different people reached out of the staff; None unless both are known."""
        return self.known.reached / self.known.staff if self.known.staff and self.known.reached is not None else None

    @property
    def trained_rate(self) -> float | None:
        """Different people trained out of the staff; None unless both are known."""
        return self.known.trained / self.known.staff if self.known.staff and self.known.trained is not None else None


@dataclass(frozen=True, slots=True)
class Rolling:
    """Twelve months back from `until`: attendances, not people."""

    since: date
    until: date
    sessions: int
    trainings: int
    attended: int | None
    rate: float | None
    rows: tuple[AttendanceRow, ...]


@dataclass(frozen=True, slots=True)
class AwarenessPlan:
    """A year of an establishment. `phishing` are all its tests, oldest first, whatever the year."""

    establishment_id: int
    year: int
    years: tuple[int, ...]
    coming: tuple[SessionLine, ...]
    held: tuple[SessionLine, ...]
    cancelled: tuple[SessionLine, ...]
    rows: tuple[YearRow, ...]
    total: YearRow
    source: str
    year_version: int
    rolling: Rolling
    phishing: tuple[SessionLine, ...]
    trend: Chart | None
    may_manage: bool
    may_export: bool

    @property
    def any(self) -> bool:
        """Whether anything was ever written down."""
        return bool(self.coming or self.held or self.cancelled or self.phishing or len(self.years) > 1)


@dataclass(frozen=True, slots=True)
class AwarenessSummary:
    """What a page of governance says of awareness. None is not known; `said` is one sentence."""

    held: int
    planned: int
    late: int
    attended: int | None
    rate: float | None
    last_test: date | None
    click_rate: float | None
    report_rate: float | None
    said: str


def read_plan(platform: Platform, scope: Scope, establishment_id: int, year: int | None = None) -> AwarenessPlan:
    """A year, the present one unless said; NotFound, Forbidden."""
    day = today(platform)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_PROGRAMME)
        rows = _rows(session, place.id)
        known = session.get(AwarenessYear, (place.id, year or day.year))
        may_manage = scope.allows(Right.MANAGE_PROGRAMME, place.lineage)
        may_export = scope.allows(Right.EXPORT, place.lineage)
    asked = day.year if year is None else year
    lines = [_line(row, day, scope.lang) for row in rows]
    here = [(row, line) for row, line in zip(rows, lines, strict=True) if line.held_on.year == asked]
    counted = [row for row, line in here if not line.cancelled and not line.planned]
    names = professions(platform, scope.lang)
    year_rows, total = _year_rows(counted, known, names, scope.lang)
    phishing = tuple(line for line in lines if line.results and not line.cancelled)
    return AwarenessPlan(
        establishment_id=place.id,
        year=asked,
        years=tuple(sorted({day.year, asked, *(line.held_on.year for line in lines)}, reverse=True)),
        coming=tuple(line for _, line in here if line.planned and not line.cancelled),
        held=tuple(line for _, line in reversed(here) if not line.planned and not line.cancelled),
        cancelled=tuple(line for _, line in here if line.cancelled),
        rows=year_rows,
        total=total,
        source=known.source if known else "",
        year_version=known.version if known else 0,
        rolling=_rolling(rows, day, names),
        phishing=phishing,
        trend=_trend(phishing, scope.lang),
        may_manage=may_manage,
        may_export=may_export,
    )


def open_session(platform: Platform, scope: Scope, session_id: int) -> SessionView:
    """One session; NotFound outside the scope."""
    with platform.database.read() as session:
        row = visible_session(session, scope, session_id)
        place = visible_establishment(session, scope, row.establishment_id)
        may_manage = scope.allows(Right.MANAGE_PROGRAMME, place.lineage)
        line = _line(row, today(platform), scope.lang)
    names = professions(platform, scope.lang)
    results = line.results
    groups = [*results.groups.items()] if results else []
    if results and results.others:
        groups.append((OTHERS.render(scope.lang), results.others))
    return SessionView(
        line=line,
        rows=tuple(_attended(names, {name: [one] for name, one in _people(row).items()})),
        groups=tuple(groups),
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        version=row.version,
        may_manage=may_manage,
    )


def session_of(platform: Platform, scope: Scope, establishment_id: int, session_id: int) -> SessionView:
    """A session of this establishment; NotFound when it belongs elsewhere."""
    view = open_session(platform, scope, session_id)
    if view.establishment_id != establishment_id:
        raise NotFound
    return view


def awareness_summary(platform: Platform, scope: Scope, establishment_id: int) -> AwarenessSummary:
    """Awareness in a few figures over twelve months, for the page of governance. NotFound, Forbidden."""
    plan = read_plan(platform, scope, establishment_id)
    last = plan.phishing[-1] if plan.phishing else None
    counts = last.results.all if last and last.results else None
    held = plan.rolling.sessions + plan.rolling.trainings
    return AwarenessSummary(
        held=held,
        planned=len(plan.coming),
        late=sum(line.late for line in plan.coming),
        attended=plan.rolling.attended,
        rate=plan.rolling.rate,
        last_test=last.held_on if last else None,
        click_rate=counts.rate("clicked") if counts else None,
        report_rate=counts.rate("reported") if counts else None,
        said=_said(plan, held).render(scope.lang),
    )


def _said(plan: AwarenessPlan, held: int) -> Text:
    if not held and not plan.phishing:
        return Text(
            "Aucune action de sensibilisation notée depuis douze mois.",
            "No awareness action written down in twelve months.",
        )
    if not plan.phishing:
        return Text("Aucun test d’hameçonnage noté.", "No phishing test written down.")
    return Text("", "")


def _rows(session: Session, establishment_id: int) -> Sequence[AwarenessSession]:
    query = select(AwarenessSession).where(AwarenessSession.establishment_id == establishment_id)
    order = (AwarenessSession.held_on.desc(), AwarenessSession.id.desc())
    return session.scalars(query.order_by(*order).limit(MOST_SESSIONS)).all()[::-1]


def _line(row: AwarenessSession, day: date, lang: Lang) -> SessionLine:
    kind = SessionKind(row.kind)
    people = _people(row)
    return SessionLine(
        id=row.id,
        establishment_id=row.establishment_id,
        kind=kind,
        kind_name=SESSION_KINDS[kind].render(lang),
        title=row.title,
        held_on=row.held_on,
        planned=row.planned,
        late=row.planned and row.held_on < day,
        digital_risk=row.digital_risk,
        cancelled=row.cancelled_at is not None,
        people=_totalled(people.values(), planned=row.planned),
        rate=attendance_rate(people.values()),
        results=results_of(row.results),
        note=row.note,
    )


def _totalled(people: Iterable[Attendance], *, planned: bool) -> Attendance:
    """Of what is planned, those asked; of what was held, those who came with those asked among them."""
    both = list(people)
    if not planned:
        return added(both)
    asked = [one.asked for one in both if one.asked is not None]
    return Attendance(sum(asked) if asked else None, None)


def _people(row: AwarenessSession) -> dict[str, Attendance]:
    return {name: Attendance(one.get("asked"), one.get("came")) for name, one in row.people.items()}


def professions(platform: Platform, lang: Lang) -> dict[str, str]:
    """The families of professions by id, in the reader’s language."""
    return {one.id: one.name.render(lang) for one in platform.kits.professions.values()}


def _gathered(rows: Iterable[AwarenessSession]) -> dict[str, list[Attendance]]:
    found: dict[str, list[Attendance]] = defaultdict(list)
    for row in rows:
        for name, one in _people(row).items():
            found[name].append(one)
    return found


def _attended(names: Mapping[str, str], gathered: Mapping[str, Sequence[Attendance]]) -> list[AttendanceRow]:
    """The professions that were counted, in the order of the list; one that left the list keeps its id as name."""
    order = [*names, *(one for one in gathered if one not in names)]
    return [
        AttendanceRow(
            one,
            names.get(one, one),
            _totalled(gathered[one], planned=_only_asked(gathered[one])),
            attendance_rate(gathered[one]),
        )
        for one in order
        if one in gathered
    ]


def _only_asked(people: Iterable[Attendance]) -> bool:
    return all(one.came is None for one in people)


def _year_rows(
    rows: Sequence[AwarenessSession], known: AwarenessYear | None, names: Mapping[str, str], lang: Lang
) -> tuple[tuple[YearRow, ...], YearRow]:
    """A row for each profession of which anything is known, and all together."""
    sessions = _gathered(row for row in rows if SessionKind(row.kind) in _CAME_TO)
    trainings = _gathered(row for row in rows if SessionKind(row.kind) is SessionKind.TRAINING and row.digital_risk)
    counts = {name: _headcount(one) for name, one in (known.people if known else {}).items()}
    order = [
        one
        for one in dict.fromkeys([*names, *sessions, *trainings, *counts])
        if one in {*sessions, *trainings, *counts}
    ]
    found = tuple(
        YearRow(
            one,
            names.get(one, one),
            added(sessions.get(one, ())),
            attendance_rate(sessions.get(one, ())),
            added(trainings.get(one, ())).came,
            counts.get(one, Headcount()),
        )
        for one in order
    )
    everybody = [one for ones in sessions.values() for one in ones]
    trained = added(one for ones in trainings.values() for one in ones).came
    total = YearRow(
        "", Text("Ensemble", "Together").render(lang), added(everybody), attendance_rate(everybody), trained,
        _together(counts.values()),
    )  # fmt: skip
    return found, total


def _headcount(kept: Mapping[str, Any]) -> Headcount:
    return Headcount(kept.get("staff"), kept.get("reached"), kept.get("trained"))


def _together(counts: Iterable[Headcount]) -> Headcount:
    """Sums over the professions where the staff is known too, so that rates keep a meaning."""
    known = [one for one in counts if one.staff is not None]

    def total(name: str) -> int | None:
        values = [getattr(one, name) for one in known]
        return sum(values) if values and None not in values else None

    return Headcount(total("staff"), total("reached"), total("trained"))


def _rolling(rows: Sequence[AwarenessSession], day: date, names: Mapping[str, str]) -> Rolling:
    since = day - ROLLING
    counted = [
        row for row in rows
        if since < row.held_on <= day
        and not row.planned
        and row.cancelled_at is None
        and row.kind != SessionKind.PHISHING
    ]  # fmt: skip
    gathered = _gathered(counted)
    everybody = [one for ones in gathered.values() for one in ones]
    trainings = sum(row.kind == SessionKind.TRAINING for row in counted)
    return Rolling(
        since=since,
        until=day,
        sessions=len(counted) - trainings,
        trainings=trainings,
        attended=added(everybody).came,
        rate=attendance_rate(everybody),
        rows=tuple(_attended(names, gathered)),
    )


def _trend(phishing: Sequence[SessionLine], lang: Lang) -> Chart | None:
    """How many clicked and how many reported, test after test; None under two tests."""
    tests = [(line, line.results.all) for line in phishing if line.results]
    if len(tests) < 2:
        return None
    title = Text("Clics et signalements, test après test", "Clicks and reports, test after test")
    names = (Text("Ont cliqué", "Clicked"), Text("Ont signalé", "Reported"))
    points = [
        (
            f"{line.held_on:%d/%m/%Y}" if lang == "fr" else line.held_on.isoformat(),
            (one.rate("clicked"), one.rate("reported")),
        )
        for line, one in tests
    ]
    heads = [one.render(lang) for one in names]
    return rate_chart(title.render(lang), Text("Test", "Test").render(lang), heads, points, cast(ReportLang, lang))
