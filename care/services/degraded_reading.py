"""Degraded-mode sheets to read: those of an activity, one version in full, two versions compared."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from babel.dates import format_date
from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.actions import CareCriticality
from care.domain.continuity import SheetState
from care.domain.durations import written
from care.domain.text_changes import TextChange, changed_lines
from care.services.action_query import today
from care.services.degraded_modes import LONG_TEXTS
from care.services.degraded_rows import FIELDS, LIVING, Charge, charge_of, visible_row
from care.services.errors import NotFound
from care.services.node_rows import NodeLink, node_links, nodes_in_use, visible_node
from care.services.paper_kits import KitLine, by_activity, kits_in_use, read_kits
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.continuity import Activity, DegradedMode
from scanners.model import Lang

_SHORT = ("title", "covers", "holds_minutes", "capacity_percent", "owner", "review_on")


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A sheet of a list: its version in force, else its draft. `draft_id` is a draft that waits behind it.

    `holds` is in words, "" when nobody measured it. `covers` are names, none for any digital loss.
    """

    id: int
    series: int
    number: int
    activity_id: int
    title: str
    state: SheetState
    holds_minutes: int | None
    holds: str
    capacity_percent: int | None
    owner: str
    covers: tuple[str, ...]
    review_on: date | None
    review_late: bool
    in_force_on: date | None
    changed_at: datetime
    changed_by: str
    draft_id: int | None

    @property
    def current(self) -> bool:
        """Whether it applies."""
        return self.state is SheetState.CURRENT


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of a sheet. `given_up` marks a draft that was never applied."""

    id: int
    number: int
    state: SheetState
    given_up: bool
    in_force_on: date | None
    in_force_by: str
    ended_on: date | None
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class SheetView:
    """One version in full. Long texts are Markdown; `covers` are nodes, those that ended included.

    `versions` are all of them, the latest first; `kits` those of the activity. `may_fill` lets write.
    """

    line: SheetLine
    establishment_id: int
    establishment: str
    activity: str
    criticality: CareCriticality
    activity_ended_on: date | None
    trigger: str
    steps: str
    limits: str
    back_to_normal: str
    who_to_call: str
    covers: tuple[NodeLink, ...]
    ended_on: date | None
    in_force_by: str
    version: int
    versions: tuple[VersionLine, ...]
    kits: tuple[KitLine, ...]
    may_fill: bool

    @property
    def troubled_kits(self) -> tuple[KitLine, ...]:
        """The kits nobody may count on today."""
        return tuple(one for one in self.kits if one.troubled)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions of one sheet, the older first."""

    before: SheetView
    after: SheetView
    changes: tuple[TextChange, ...]

    @property
    def establishment_id(self) -> int:
        """The establishment they belong to."""
        return self.after.establishment_id


def sheets_of_activity(platform: Platform, scope: Scope, activity_id: int) -> tuple[SheetLine, ...]:
    """The sheets of an activity that are in force or drafted, by title; those withdrawn are not among them."""
    day = today(platform)
    with platform.database.read() as session:
        visible_node(session, scope, Activity, activity_id)
        return tuple(living_sheets(session, [activity_id], day, scope.lang))


def open_sheet(platform: Platform, scope: Scope, sheet_id: int) -> SheetView:
    """One version of a sheet; NotFound outside the scope."""
    day = today(platform)
    with platform.database.read() as session:
        return _open(session, scope, sheet_id, day)


def compare_versions(platform: Platform, scope: Scope, sheet_id: int, other_id: int) -> Comparison:
    """Two versions of one sheet; NotFound when they are not of the same."""
    day = today(platform)
    with platform.database.read() as session:
        one, other = _open(session, scope, sheet_id, day), _open(session, scope, other_id, day)
    if one.line.series != other.line.series:
        raise NotFound
    before, after = sorted((one, other), key=lambda view: view.line.number)
    return Comparison(before, after, tuple(_changes(before, after, scope.lang)))


def sheets_in_force(platform: Platform, scope: Scope, establishment_id: int) -> tuple[SheetView, ...]:
    """Every sheet in force of the activities in use, the most critical activities first; `versions` are left out."""
    day = today(platform)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        rows = session.execute(
            select(DegradedMode, Activity)
            .join(Activity, Activity.id == DegradedMode.activity_id)
            .where(DegradedMode.state == SheetState.CURRENT)
            .where(Activity.establishment_id == establishment_id, Activity.ended_on.is_(None))
        ).all()
        names = node_links(session, {number for row, _activity in rows for number in row.covers}, scope.lang)
        kits = by_activity(read_kits(session, kits_in_use({one.id for _row, one in rows}), day, scope.lang))
        views = [
            _view(row, Charge(one, place, False), names, kits.get(one.id, ()), (day, scope.lang)) for row, one in rows
        ]
    return tuple(sorted(views, key=lambda one: (one.criticality.rank, one.activity.casefold(), one.line.title)))


def nodes_to_cover(platform: Platform, scope: Scope, activity_id: int) -> tuple[NodeLink, ...]:
    """What a sheet of this activity may make up for: every node in use of its establishment, itself apart."""
    with platform.database.read() as session:
        activity = visible_node(session, scope, Activity, activity_id)
        found = nodes_in_use(session, activity.establishment_id, scope.lang)
        return tuple(one for one in found if one.id != activity_id)


def living_sheets(session: Session, activity_ids: Collection[int], day: date, lang: Lang) -> list[SheetLine]:
    """The sheets in force or drafted of some activities, by title: two statements, however many they are."""
    rows = session.scalars(
        select(DegradedMode)
        .where(DegradedMode.activity_id.in_(activity_ids), DegradedMode.state.in_(LIVING))
        .order_by(DegradedMode.title, DegradedMode.id)
    ).all()
    drafts = {row.series: row.id for row in rows if row.state is SheetState.DRAFT}
    current = {row.series for row in rows if row.state is SheetState.CURRENT}
    shown = [row for row in rows if row.state is SheetState.CURRENT or row.series not in current]
    names = node_links(session, {number for row in shown for number in row.covers}, lang)
    return [_line(row, names, day, lang, drafts.get(row.series)) for row in shown]


def _line(row: DegradedMode, names: Mapping[int, NodeLink], day: date, lang: Lang, draft_id: int | None) -> SheetLine:
    return SheetLine(
        id=row.id,
        series=row.series,
        number=row.number,
        activity_id=row.activity_id,
        title=row.title,
        state=row.state,
        holds_minutes=row.holds_minutes,
        holds=written(row.holds_minutes, lang) if row.holds_minutes else "",
        capacity_percent=row.capacity_percent,
        owner=row.owner,
        covers=tuple(names[number].name for number in row.covers if number in names),
        review_on=row.review_on,
        review_late=row.state is SheetState.CURRENT and row.review_on is not None and row.review_on < day,
        in_force_on=row.in_force_on,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        draft_id=draft_id if draft_id != row.id else None,
    )


def _open(session: Session, scope: Scope, sheet_id: int, day: date) -> SheetView:
    row, activity = visible_row(session, scope, DegradedMode, sheet_id)
    charge = charge_of(session, scope, activity)
    versions = session.scalars(
        select(DegradedMode).where(DegradedMode.series == row.series).order_by(DegradedMode.number.desc())
    ).all()
    draft_id = next((one.id for one in versions if one.state is SheetState.DRAFT and one.id != row.id), None)
    names = node_links(session, set(row.covers), scope.lang)
    kits = tuple(read_kits(session, kits_in_use([activity.id]), day, scope.lang))
    view = _view(row, charge, names, kits, (day, scope.lang))
    return replace(view, line=replace(view.line, draft_id=draft_id), versions=tuple(map(_version, versions)))


def _view(
    row: DegradedMode,
    charge: Charge,
    names: Mapping[int, NodeLink],
    kits: tuple[KitLine, ...],
    how: tuple[date, Lang],
) -> SheetView:
    return SheetView(
        line=_line(row, names, *how, None),
        establishment_id=charge.place.id,
        establishment=charge.place.name,
        activity=charge.activity.name,
        criticality=charge.activity.criticality,
        activity_ended_on=charge.activity.ended_on,
        trigger=row.trigger,
        steps=row.steps,
        limits=row.limits,
        back_to_normal=row.back_to_normal,
        who_to_call=row.who_to_call,
        covers=tuple(names[number] for number in row.covers if number in names),
        ended_on=row.ended_on,
        in_force_by=row.in_force_by,
        version=row.version,
        versions=(),
        kits=kits,
        may_fill=charge.may_fill,
    )


def _version(row: DegradedMode) -> VersionLine:
    return VersionLine(
        id=row.id,
        number=row.number,
        state=row.state,
        given_up=row.state is SheetState.REPLACED and row.in_force_on is None,
        in_force_on=row.in_force_on,
        in_force_by=row.in_force_by,
        ended_on=row.ended_on,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )


def _changes(before: SheetView, after: SheetView, lang: Lang) -> Sequence[TextChange]:
    old, new = _texts(before, lang), _texts(after, lang)
    found = []
    for name in (*_SHORT[:1], *LONG_TEXTS, *_SHORT[1:]):
        words = FIELDS[name].render(lang)
        found.append(TextChange(name, words[:1].upper() + words[1:], changed_lines(old[name], new[name])))
    return found


def _texts(view: SheetView, lang: Lang) -> Mapping[str, str]:
    line = view.line
    return {name: getattr(view, name) for name in LONG_TEXTS} | {
        "title": line.title,
        "covers": "\n".join(one.name for one in view.covers),
        "holds_minutes": line.holds,
        "capacity_percent": f"{line.capacity_percent} %" if line.capacity_percent else "",
        "owner": line.owner,
        "review_on": format_date(line.review_on, "long", locale=lang) if line.review_on else "",
    }
