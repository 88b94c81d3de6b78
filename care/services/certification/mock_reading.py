"""A mock visit read back: its guided grid, and its report beside the self-assessment and the visit before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.actions import ActionSource, ActionState
from care.domain.frameworks import Framework, Item
from care.domain.frameworks import Level as Weight
from care.domain.has_score import level_of
from care.domain.programme import AnswerVerdict, Inquiry
from care.services.action_writing import ActionDraft, create_action, short_title
from care.services.certification.mock_rows import (
    Noted,
    last_notes,
    manual_of_visit,
    methods_of,
    mock_visit,
    mock_visits_of,
    notes_of,
)
from care.services.certification.mock_visits import AGAINST, MockLine, asked_of, line_of_visit
from care.services.certification.self_assessment import counting
from care.services.errors import NotFound
from care.services.frameworks.assessing import assess_on
from care.services.frameworks.ground import Ground
from care.services.frameworks.holders import holder_at
from care.services.library import today
from care.services.platform import Platform
from care.store.actions import Action, ActionSite
from care.store.programme import Visit, VisitNote
from care.store.registry import Establishment
from scanners.model import Lang, Severity

PREFIX = "visit"
_WORST = (
    AnswerVerdict.NO,
    AnswerVerdict.PARTLY,
    AnswerVerdict.INADEQUATE,
    AnswerVerdict.YES,
    AnswerVerdict.NOT_APPLICABLE,
)
"""Of several methods, the gravest finding speaks for the element."""


@dataclass(frozen=True, slots=True)
class NoteView:
    """The last note of an element by a method."""

    id: int
    verdict: AnswerVerdict
    note: str
    who_met: str
    asked: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question, and what to ask to be shown."""

    ask: str
    see: str


@dataclass(frozen=True, slots=True)
class GridBlock:
    """One element of the grid of a method: what to ask, what was noted."""

    item: str
    title: str
    text: str
    above: str
    level: Weight
    prompts: tuple[Prompt, ...]
    note: NoteView | None

    @property
    def seen(self) -> int:
        """What a form carries back."""
        return self.note.id if self.note else 0


@dataclass(frozen=True, slots=True)
class MethodTally:
    """One method of a visit: how many elements it looks at, how many are noted."""

    method: Inquiry
    expected: int
    noted: int


class Meeting(StrEnum):
    """How what was seen stands to what was declared, the gravest first."""

    CONTRADICTED = "contradicted"
    UNDECLARED = "undeclared"
    BETTER = "better"
    AGREED = "agreed"


class Trend(StrEnum):
    """How what was seen stands to the visit before."""

    WORSE = "worse"
    BETTER = "better"
    SAME = "same"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class GapAction:
    """The action that mends a gap."""

    id: int
    title: str
    state: ActionState


@dataclass(frozen=True, slots=True)
class Gap:
    """Something seen that is not right, and its action if there is one."""

    item: str
    method: Inquiry
    verdict: AnswerVerdict
    title: str
    note: str
    level: Weight
    action: GapAction | None


@dataclass(frozen=True, slots=True)
class Compared:
    """An element that was looked at: what was seen, declared, and seen the time before."""

    item: str
    title: str
    level: Weight
    seen: AnswerVerdict
    by: tuple[tuple[Inquiry, NoteView], ...]
    declared: AnswerVerdict | None
    before: AnswerVerdict | None
    meeting: Meeting
    trend: Trend


@dataclass(frozen=True, slots=True)
class MockView:
    """A mock visit. `compared` has contradictions first; `unseen` are the elements nobody looked at yet."""

    line: MockLine
    place: str
    manual: str
    conclusion: str
    methods: tuple[MethodTally, ...]
    compared: tuple[Compared, ...]
    gaps: tuple[Gap, ...]
    unseen: tuple[str, ...]
    before: MockLine | None
    may_note: bool
    may_act: bool
    may_export: bool

    def met(self, meeting: Meeting) -> tuple[Compared, ...]:
        """The elements that stand so."""
        return tuple(one for one in self.compared if one.meeting == meeting)


@dataclass(frozen=True, slots=True)
class Grid:
    """The grid of one method of a visit."""

    line: MockLine
    method: Inquiry
    methods: tuple[MethodTally, ...]
    blocks: tuple[GridBlock, ...]
    may_note: bool


def read_grid(platform: Platform, scope: Scope, establishment_id: int, visit_id: int, method: Inquiry) -> Grid:
    """The guided grid of one method. NotFound for a stranger or a method that was not chosen; Forbidden."""
    with platform.database.read() as session:
        row, place = mock_visit(session, scope, establishment_id, visit_id, Right.SEE_PROGRAMME)
        if method not in methods_of(row):
            raise NotFound
        manual, notes = manual_of_visit(platform, session, row), notes_of(session, row)
        asked = asked_of(platform, manual, row)
        return Grid(
            line=line_of_visit(platform, session, row, notes.values()),
            method=method,
            methods=_tallies(row, asked, notes),
            blocks=tuple(
                _block(platform, manual, item, method, notes.get((item.id, method)), scope.lang)
                for item, by in asked
                if by is method
            ),
            may_note=scope.allows(Right.MANAGE_PROGRAMME, place.lineage),
        )


def _block(
    platform: Platform, manual: Framework, item: Item, method: Inquiry, note: VisitNote | None, lang: Lang
) -> GridBlock:
    questions = platform.kits.visits.questions_of(manual, item, method)
    generic = [one for one in platform.kits.visits.generic if one.by is method]
    return GridBlock(
        item=item.id,
        title=item.title.render(lang),
        text=item.text.render(lang) if item.text else "",
        above=" › ".join(one.title.render(lang) for one in manual.path(item)),
        level=level_of(manual, item),
        prompts=tuple(Prompt(one.ask.render(lang), one.see.render(lang)) for one in questions or generic),
        note=_note(note) if note else None,
    )


def _note(row: VisitNote) -> NoteView:
    return NoteView(row.id, row.verdict, row.note, row.who_met, row.asked, row.at, row.by)


def _tallies(
    row: Visit, asked: Sequence[tuple[Item, Inquiry]], notes: Mapping[Noted, VisitNote]
) -> tuple[MethodTally, ...]:
    return tuple(
        MethodTally(
            method,
            sum(by is method for _, by in asked),
            sum(by is method and (item.id, method) in notes for item, by in asked),
        )
        for method in methods_of(row)
    )


def read_mock(platform: Platform, scope: Scope, establishment_id: int, visit_id: int) -> MockView:
    """The report of a mock visit. NotFound, Forbidden."""
    with platform.database.read() as session:
        row, place = mock_visit(session, scope, establishment_id, visit_id, Right.SEE_PROGRAMME)
        return mock_in(platform, session, scope, row, place)


def mock_in(platform: Platform, session: Session, scope: Scope, row: Visit, place: Establishment) -> MockView:
    """The same in the caller's session."""
    manual, former = manual_of_visit(platform, session, row), _former(session, row, place.id)
    found = last_notes(session, [row.id, *([former.id] if former else [])])
    notes, before = found[row.id], found.get(former.id, {}) if former else {}
    compared = _compare(platform, session, place, manual, notes, before, scope.lang)
    asked = asked_of(platform, manual, row)
    noted = {one.item for one in compared}
    unseen = dict.fromkeys(item.title.render(scope.lang) for item, _ in asked if item.id not in noted)
    return MockView(
        line=line_of_visit(platform, session, row, notes.values()),
        place=place.name,
        manual=manual.title.render(scope.lang),
        conclusion=row.conclusion,
        methods=_tallies(row, asked, notes),
        compared=compared,
        gaps=_gaps(session, scope, row, place, manual, notes),
        unseen=tuple(unseen),
        before=line_of_visit(platform, session, former, before.values()) if former else None,
        may_note=scope.allows(Right.MANAGE_PROGRAMME, place.lineage),
        may_act=scope.allows(Right.MANAGE_ACTIONS, place.lineage),
        may_export=scope.allows(Right.EXPORT, place.lineage),
    )


def _former(session: Session, row: Visit, establishment_id: int) -> Visit | None:
    """The mock visit before this one that went by the same manual."""
    rows = mock_visits_of(session, establishment_id)
    older = (one for one in rows if (one.starts_at, one.id) < (row.starts_at, row.id))
    return next((one for one in older if one.scope.get("frameworks") == row.scope.get("frameworks")), None)


def _compare(
    platform: Platform,
    session: Session,
    place: Establishment,
    manual: Framework,
    notes: Mapping[Noted, VisitNote],
    before: Mapping[Noted, VisitNote],
    lang: Lang,
) -> tuple[Compared, ...]:
    day = today(platform)
    ground = Ground(platform, session, holder_at(session, Place(Level.ESTABLISHMENT, place.id), day), day)
    declared = {one.item.id: given.verdict for one in assess_on(ground, manual) if (given := counting(one)) is not None}
    lines = [
        _compared(manual, manual.by_id[item], rows, declared.get(item), _worst_of(before, item), lang)
        for item, rows in _by_item(notes).items()
        if item in manual.by_id
    ]
    order, levels = list(Meeting), list(Weight)
    heavy = {one.item: one.level is not Weight.IMPERATIVE for one in lines}
    return tuple(sorted(lines, key=lambda one: (order.index(one.meeting), heavy[one.item], levels.index(one.level))))


def _by_item(notes: Mapping[Noted, VisitNote]) -> dict[str, list[VisitNote]]:
    found: dict[str, list[VisitNote]] = {}
    for (item, _), row in notes.items():
        found.setdefault(item, []).append(row)
    return found


def _worst_of(notes: Mapping[Noted, VisitNote], item: str) -> AnswerVerdict | None:
    return _worst(row.verdict for (name, _), row in notes.items() if name == item)


def _worst(verdicts: Iterable[AnswerVerdict]) -> AnswerVerdict | None:
    known = set(verdicts)
    return next((one for one in _WORST if one in known), None)


def _compared(
    manual: Framework,
    item: Item,
    rows: Sequence[VisitNote],
    declared: AnswerVerdict | None,
    before: AnswerVerdict | None,
    lang: Lang,
) -> Compared:
    seen = _worst(row.verdict for row in rows) or AnswerVerdict.INADEQUATE
    methods = sorted(((row.inquiry, row) for row in rows if row.inquiry), key=lambda one: list(Inquiry).index(one[0]))
    return Compared(
        item=item.id,
        title=item.title.render(lang),
        level=level_of(manual, item),
        seen=seen,
        by=tuple((method, _note(row)) for method, row in methods),
        declared=declared,
        before=before,
        meeting=meeting(declared, seen),
        trend=trend(before, seen),
    )


def meeting(declared: AnswerVerdict | None, seen: AnswerVerdict) -> Meeting:
    """A yes that the visit does not confirm is a contradiction; so is something said not to apply that was seen."""
    if declared is None:
        return Meeting.UNDECLARED
    if declared is seen or {declared, seen} <= AGAINST:
        return Meeting.AGREED
    return Meeting.BETTER if declared in AGAINST else Meeting.CONTRADICTED


def trend(before: AnswerVerdict | None, seen: AnswerVerdict) -> Trend:
    """Compared with the visit before."""
    if before is None:
        return Trend.NEW
    if (before in AGAINST) == (seen in AGAINST):
        return Trend.SAME
    return Trend.WORSE if seen in AGAINST else Trend.BETTER


def _gaps(
    session: Session,
    scope: Scope,
    row: Visit,
    place: Establishment,
    manual: Framework,
    notes: Mapping[Noted, VisitNote],
) -> tuple[Gap, ...]:
    actions = _actions(session, row, place) if scope.allows(Right.SEE_ACTIONS, place.lineage) else {}
    found = [
        Gap(
            item=item,
            method=method,
            verdict=note.verdict,
            title=manual.by_id[item].title.render(scope.lang),
            note=note.note,
            level=level_of(manual, manual.by_id[item]),
            action=actions.get(source_ref(row.id, manual.id, item, method)),
        )
        for (item, method), note in notes.items()
        if note.verdict in AGAINST and method is not None and item in manual.by_id
    ]
    return tuple(sorted(found, key=lambda one: (one.level is not Weight.IMPERATIVE, _WORST.index(one.verdict))))


def source_ref(visit_id: int, manual: str, item: str, method: Inquiry) -> str:
    """How an action says which note it comes from."""
    return f"{PREFIX}:{visit_id}:{manual}:{item}:{method.value}"


def _actions(session: Session, row: Visit, place: Establishment) -> dict[str, GapAction]:
    rows = session.execute(
        select(Action, ActionSite.state)
        .join(ActionSite, ActionSite.action_id == Action.id)
        .where(Action.source == ActionSource.VISIT, Action.source_ref.startswith(f"{PREFIX}:{row.id}:"))
        .where(ActionSite.establishment_id == place.id)
        .order_by(Action.id.desc())
    )
    return {one.source_ref: GapAction(one.id, one.title, state) for one, state in rows}


def act_on_gap(
    platform: Platform, scope: Scope, establishment_id: int, visit_id: int, item: str, method: Inquiry
) -> int:
    """The action that mends a gap, created unless there is one already; its number.

    NotFound when the visit noted no such gap; Forbidden for who does not manage actions there.
    """
    view = read_mock(platform, scope, establishment_id, visit_id)
    gap = next((one for one in view.gaps if (one.item, one.method) == (item, method)), None)
    if gap is None:
        raise NotFound
    if gap.action is not None:
        return gap.action.id
    draft = ActionDraft(
        title=short_title(gap.title),
        description=gap.note,
        source=ActionSource.VISIT,
        source_ref=source_ref(visit_id, view.line.framework, item, method),
        severity=Severity.HIGH if gap.level is Weight.IMPERATIVE else Severity.MEDIUM,
    )
    return create_action(platform, scope, [establishment_id], draft)


@dataclass(frozen=True, slots=True)
class VisitRef:
    """The mock visit that an action comes from."""

    id: int
    establishment_id: int
    title: str


def origin_visit(
    platform: Platform, scope: Scope, source: ActionSource, source_ref: str, establishment_id: int
) -> VisitRef | None:
    """The mock visit an action comes from; None when it comes from elsewhere or is not the reader's to see."""
    parts = source_ref.split(":")
    if source is not ActionSource.VISIT or len(parts) < 2 or parts[0] != PREFIX or not parts[1].isdecimal():
        return None
    with platform.database.read() as session:
        try:
            row, place = mock_visit(session, scope, establishment_id, int(parts[1]), Right.SEE)
        except NotFound:
            return None
        return VisitRef(row.id, place.id, row.title)
