"""Mock visits: a rehearsal among ourselves. Opened with a scope and methods, noted element by element, then ended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.frameworks import Framework, Item
from care.domain.programme import AnswerVerdict, Inquiry, VisitKind, VisitState
from care.services.certification.manuals import manual_of
from care.services.certification.mock_rows import (
    last_notes,
    looked_at,
    manual_of_visit,
    methods_of,
    mock_visit,
    mock_visits_of,
    refuse_ended,
    thing_of,
)
from care.services.certification.self_assessment import leaf_sections
from care.services.errors import Invalid
from care.services.frameworks.holders import holder_at
from care.services.library import today
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import record
from care.services.typed_texts import MAX_LINE, length_faults, line_of, lines_of
from care.store.programme import Visit, VisitNote
from scanners.model import Text

MAX_NOTE = 2_000
MAX_DAYS = 30
"""A rehearsal of more than a month is several (our choice)."""
AGAINST = frozenset({AnswerVerdict.NO, AnswerVerdict.PARTLY, AnswerVerdict.INADEQUATE})
"""What a visit notes that is a gap."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something a mock visit may look at: a criterion of the manual, or a theme."""

    id: str
    title: str
    above: str
    methods: tuple[Inquiry, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen for a mock visit with a manual; `others` are the other manuals, id and title."""

    framework: str
    title: str
    items: tuple[Choice, ...]
    others: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MockDraft:
    """A mock visit as planned. `units`: the units that are visited, as people call them."""

    title: str
    framework: str
    items: tuple[str, ...]
    methods: tuple[Inquiry, ...]
    starts_on: date | None
    ends_on: date | None
    units: str = ""


@dataclass(frozen=True, slots=True)
class MockLine:
    """A mock visit of a list: how far it is, what it found."""

    id: int
    title: str
    framework: str
    starts_on: date
    ends_on: date
    state: VisitState
    units: str
    expected: int
    noted: int
    against: int
    created_by: str


def choices(platform: Platform, scope: Scope, establishment_id: int, framework: str = "") -> Choices:
    """What a mock visit may look at. NotFound, Forbidden."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_PROGRAMME)
        place = Place(Level.ESTABLISHMENT, establishment_id)
        manual, known = manual_of(platform, session, holder_at(session, place, today(platform)), framework)
    return Choices(
        framework=manual.id,
        title=manual.title.render(scope.lang),
        items=tuple(_choice(platform, manual, one, scope.lang) for one in pickable(manual)),
        others=tuple((one.id, one.title.render(scope.lang)) for one in known if one.id != manual.id),
    )


def pickable(manual: Framework) -> Sequence[Item]:
    """Criteria, or elements that stand alone: what one ticks to say what a visit looks at."""
    sections = leaf_sections(manual)
    return [manual.by_id[name] for name in sections if name] + list(sections.get("", []))


def _choice(platform: Platform, manual: Framework, item: Item, lang: str) -> Choice:
    kit = platform.kits.visits
    elements = [one for one in manual.requirements if item.id in (one.id, one.parent)]
    methods = {method for one in elements for method in kit.methods_of(manual, one)}
    return Choice(
        id=item.id,
        title=item.title.render(lang),
        above=" › ".join(one.title.render(lang) for one in manual.path(item)),
        methods=tuple(method for method in Inquiry if method in methods),
    )


def open_mock(platform: Platform, scope: Scope, establishment_id: int, draft: MockDraft) -> int:
    """Open a mock visit and return its number. Invalid names the fields; NotFound, Forbidden."""
    now = platform.clock.now()
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_PROGRAMME)
        where = Place(Level.ESTABLISHMENT, place.id)
        manual, _known = manual_of(platform, session, holder_at(session, where, today(platform)), draft.framework)
        starts_on, ends_on = _checked(platform, manual, draft)
        zone = ZoneInfo(platform.settings.timezone)
        row = Visit(
            holder=where.key,
            kind=VisitKind.MOCK,
            title=line_of(draft.title),
            scope={
                "establishments": [place.id],
                "frameworks": [manual.id],
                "items": list(draft.items),
                "methods": [one.value for one in draft.methods],
                "units": line_of(draft.units),
            },
            starts_at=_midnight(starts_on, zone),
            ends_at=_midnight(ends_on + timedelta(days=1), zone),
            state=VisitState.OPEN,
            conclusion="",
            created_at=now,
            created_by=scope.name or scope.actor,
            changed_at=now,
            changed_by=scope.name or scope.actor,
            version=1,
        )
        session.add(row)
        session.flush()
        detail = {"title": row.title, "kind": row.kind.value}
        record(session, scope, "visit.mock_opened", thing_of(row, place.id), now, detail)
        return row.id


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _checked(platform: Platform, manual: Framework, draft: MockDraft) -> tuple[date, date]:
    faults = length_faults({"title": (line_of(draft.title), MAX_LINE), "units": (line_of(draft.units), MAX_LINE)})
    if not line_of(draft.title):
        faults["title"] = Text("Donnez un intitulé à la visite.", "Give the visit a title.")
    if not draft.items or not set(draft.items) <= {one.id for one in pickable(manual)}:
        faults["items"] = Text("Choisissez au moins un thème ou un critère.", "Choose at least one theme or criterion.")
    if not draft.methods:
        faults["methods"] = Text("Choisissez au moins une méthode.", "Choose at least one method.")
    elif draft.items and "items" not in faults and not _asks(platform, manual, draft):
        faults["methods"] = Text(
            "Aucun des thèmes choisis ne se regarde par ces méthodes.",
            "None of the chosen themes is looked at by these methods.",
        )
    starts_on, ends_on = draft.starts_on, draft.ends_on or draft.starts_on
    if starts_on is None or ends_on is None:
        faults["starts_on"] = Text("Donnez le jour de la visite.", "Give the day of the visit.")
    elif ends_on < starts_on:
        faults["ends_on"] = Text("La visite finirait avant de commencer.", "The visit would end before it begins.")
    elif ends_on - starts_on > timedelta(days=MAX_DAYS):
        faults["ends_on"] = Text(f"Au plus {MAX_DAYS} jours.", f"At most {MAX_DAYS} days.")
    if faults or starts_on is None or ends_on is None:
        raise Invalid(faults)
    return starts_on, ends_on


def _asks(platform: Platform, manual: Framework, draft: MockDraft) -> bool:
    kit, chosen = platform.kits.visits, set(draft.items)
    elements = (one for one in manual.requirements if chosen & {one.id, one.parent})
    return any(set(draft.methods) & set(kit.methods_of(manual, one)) for one in elements)


def list_mocks(platform: Platform, scope: Scope, establishment_id: int) -> tuple[MockLine, ...]:
    """The mock visits of an establishment, the latest first. NotFound, Forbidden."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_PROGRAMME)
        rows = mock_visits_of(session, establishment_id)
        notes = last_notes(session, [row.id for row in rows])
        return tuple(line_of_visit(platform, session, row, notes[row.id].values()) for row in rows)


def line_of_visit(platform: Platform, session: Session, row: Visit, notes: Collection[VisitNote]) -> MockLine:
    """A visit as a list shows it."""
    zone = ZoneInfo(platform.settings.timezone)
    manual = manual_of_visit(platform, session, row)
    return MockLine(
        id=row.id,
        title=row.title,
        framework=manual.id,
        starts_on=row.starts_at.astimezone(zone).date(),
        ends_on=(row.ends_at - timedelta(seconds=1)).astimezone(zone).date(),
        state=row.state,
        units=row.scope.get("units", ""),
        expected=len(asked_of(platform, manual, row)),
        noted=len(notes),
        against=sum(one.verdict in AGAINST for one in notes),
        created_by=row.created_by,
    )


def asked_of(platform: Platform, manual: Framework, row: Visit) -> list[tuple[Item, Inquiry]]:
    """Every element with every method that a visit means to look at it by."""
    kit, chosen = platform.kits.visits, methods_of(row)
    return [
        (item, method) for item in looked_at(row, manual) for method in kit.methods_of(manual, item) if method in chosen
    ]


def end_mock(platform: Platform, scope: Scope, establishment_id: int, visit_id: int, conclusion: str) -> None:
    """End a mock visit with its conclusion: its notes no longer change. Refused twice; Invalid on a long text."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row, place = mock_visit(session, scope, establishment_id, visit_id, Right.MANAGE_PROGRAMME, lock=True)
        refuse_ended(row)
        if faults := length_faults({"conclusion": (lines_of(conclusion), MAX_NOTE)}):
            raise Invalid(faults)
        row.state, row.ended_at, row.conclusion = VisitState.ENDED, now, lines_of(conclusion)
        row.changed_at, row.changed_by, row.version = now, scope.name or scope.actor, row.version + 1
        record(session, scope, "visit.mock_ended", thing_of(row, place.id), now, {"title": row.title})
