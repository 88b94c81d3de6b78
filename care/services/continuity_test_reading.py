"""Tests of continuity to read: one, the list, the years; what each counts for and why not; what nobody tested."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import Nature, TestKind, TestResult, TestState
from care.domain.eligibility import DUTIES, Duty, Phase, answers
from care.services.action_query import today
from care.services.continuity_test_gaps import GapAction, GapLine, actions_of_test, gap_lines, with_actions
from care.services.continuity_test_rows import (
    PlanName,
    nodes_of,
    perimeter_needs,
    phase_at,
    plan_names,
    played,
    visible_test,
)
from care.services.node_rows import NodeLink, nodes_in_use
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.bulk import among
from care.store.continuity import Activity, ContinuityTest, ContinuityTestNode, Node
from scanners.model import Lang

YEARS_BEFORE, YEARS_AFTER = 3, 2
"""Years of the schedule around this one: it fits a page."""


@dataclass(frozen=True, slots=True)
class AnswerView:
    """Whether a test counts for a duty; otherwise every reason, in the reader's language."""

    duty: Duty
    name: str
    counts: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TestLine:
    """A test of a list. `late`: its day is over and nobody recorded its result. `names` are those of then."""

    __test__ = False

    id: int
    establishment_id: int
    title: str
    kind: TestKind
    state: TestState
    planned_on: date
    done_on: date | None
    result: TestResult | None
    leader: str
    plan: PlanName | None
    names: tuple[str, ...]
    late: bool
    answers: tuple[AnswerView, ...]

    @property
    def on(self) -> date:
        """The day it was done, else the day it is planned."""
        return self.done_on or self.planned_on

    @property
    def counts_for(self) -> tuple[AnswerView, ...]:
        """The duties it counts for."""
        return tuple(one for one in self.answers if one.counts)


@dataclass(frozen=True, slots=True)
class TestedNode:
    """What was put to the test, as it was called then. `name_now` is "" unless it was renamed since.

    Times are whole minutes, None when nobody measured. `ended_on` is the first day it no longer existed.
    """

    __test__ = False

    id: int
    nature: Nature
    name: str
    name_now: str
    ended_on: date | None
    recovery_minutes: int | None
    data_loss_minutes: int | None
    restore_minutes: int | None
    held_minutes: int | None

    @property
    def measured(self) -> bool:
        """Whether something was measured."""
        times = (self.recovery_minutes, self.data_loss_minutes, self.restore_minutes, self.held_minutes)
        return any(one is not None for one in times)


@dataclass(frozen=True, slots=True)
class TestView:
    """One test in full. `gaps` each with its action; `other_actions` mend gaps whose words were corrected since."""

    __test__ = False

    line: TestLine
    scope: str
    nodes: tuple[TestedNode, ...]
    observed: str
    gaps_text: str
    gaps: tuple[GapLine, ...]
    other_actions: tuple[GapAction, ...]
    participants: int | None
    cyber_triggered: bool
    degraded_played: bool
    management_present: bool
    directorates: str
    in_maintenance: bool
    cancel_reason: str
    phase: Phase
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str
    version: int
    may_manage: bool
    may_act: bool

    @property
    def establishment_id(self) -> int:
        """The establishment it belongs to."""
        return self.line.establishment_id


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """An activity over the years: `cells` holds its tests, year by year. `never`: no test of it was ever done."""

    activity_id: int
    name: str
    ended_on: date | None
    cells: tuple[tuple[TestLine, ...], ...]
    never: bool


@dataclass(frozen=True, slots=True)
class TestBoard:
    """The tests of an establishment.

    `unscheduled` are the validated plans that were neither tested in the phase nor have a test to come: D2.O1.D wants
    a schedule of them. `yearly` tells, for each of `years`, whether a test counts as the yearly exercise.
    """

    __test__ = False

    to_record: tuple[TestLine, ...]
    to_come: tuple[TestLine, ...]
    done: tuple[TestLine, ...]
    cancelled: tuple[TestLine, ...]
    years: tuple[int, ...]
    rows: tuple[ScheduleRow, ...]
    yearly: tuple[bool, ...]
    unscheduled: tuple[PlanName, ...]
    phase: Phase
    this_year: int
    may_manage: bool

    @property
    def never(self) -> int:
        """Activities in use that no test was ever done of."""
        return sum(row.never and row.ended_on is None for row in self.rows)

    @property
    def played_this_year(self) -> bool:
        """Whether the exercise of this year was done."""
        return dict(zip(self.years, self.yearly, strict=True)).get(self.this_year, False)

    @property
    def any(self) -> bool:
        """Whether there is a test at all."""
        return bool(self.to_record or self.to_come or self.done or self.cancelled)


@dataclass(frozen=True, slots=True)
class TestChoices:
    """What a form may choose among: nodes in use (and those already there), plans not archived."""

    __test__ = False

    nodes: tuple[NodeLink, ...]
    plans: tuple[PlanName, ...]


def open_test(platform: Platform, scope: Scope, test_id: int) -> TestView:
    """One test; NotFound outside the scope."""
    day = today(platform)
    with platform.database.read() as session:
        row = visible_test(session, scope, test_id)
        place = visible_establishment(session, scope, row.establishment_id, Right.SEE_CONTINUITY)
        phase = phase_at(session, place)
        tested = nodes_of(session, [row.id])[row.id]
        actions = actions_of_test(session, scope, row, place.lineage)
        gaps = with_actions(gap_lines(row.gaps), actions)
        keys = {gap.key for gap in gaps}
        return TestView(
            line=_line(
                row, tested, plan_names(session, [place.id]), perimeter_needs(session, [row]), phase, day, scope.lang
            ),
            scope=row.scope,
            nodes=tuple(_node(one, node) for one, node in tested),
            observed=row.observed,
            gaps_text=row.gaps,
            gaps=gaps,
            other_actions=tuple(one for one in actions if one.gap not in keys),
            participants=row.participants,
            cyber_triggered=row.cyber_triggered,
            degraded_played=row.degraded_played,
            management_present=row.management_present,
            directorates=row.directorates,
            in_maintenance=row.in_maintenance,
            cancel_reason=row.cancel_reason,
            phase=phase,
            created_at=row.created_at,
            created_by=row.created_by,
            changed_at=row.changed_at,
            changed_by=row.changed_by,
            version=row.version,
            may_manage=scope.allows(Right.MANAGE_CONTINUITY, place.lineage),
            may_act=scope.allows(Right.MANAGE_ACTIONS, place.lineage),
        )


def list_tests(platform: Platform, scope: Scope, establishment_id: int) -> TestBoard:
    """The tests of an establishment, its schedule over the years, and what is missing in it."""
    day = today(platform)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        phase, plans = phase_at(session, place), plan_names(session, [place.id])
        lines = read_lines(session, [place.id], plans, phase, day, scope.lang)
        tested = nodes_of(session, [line.id for line in lines])
        years = _years(lines, day.year)
        pairs = [(line, node.id) for line in lines for _one, node in tested[line.id]]
        return TestBoard(
            to_record=_in_order(one for one in lines if one.late),
            to_come=_in_order(one for one in lines if one.state is TestState.PLANNED and not one.late),
            done=_in_order((one for one in lines if one.state is TestState.DONE), latest_first=True),
            cancelled=_in_order((one for one in lines if one.state is TestState.CANCELLED), latest_first=True),
            years=years,
            rows=_schedule(session, place.id, pairs, years),
            yearly=tuple(_played_in(year, lines) for year in years),
            unscheduled=unscheduled(plans.values(), lines, phase),
            phase=phase,
            this_year=day.year,
            may_manage=scope.allows(Right.MANAGE_CONTINUITY, place.lineage),
        )


def choices(platform: Platform, scope: Scope, establishment_id: int, test_id: int | None = None) -> TestChoices:
    """What the form of a test may choose among; `test_id` keeps what that test already names."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        row = None if test_id is None else visible_test(session, scope, test_id)
        nodes = nodes_in_use(session, place.id, scope.lang)
        there = {one.id for one in nodes}
        kept = [node for _one, node in nodes_of(session, [row.id])[row.id]] if row else []
        ended = tuple(_ended_link(node) for node in kept if node.id not in there)
        plans = plan_names(session, [place.id]).values()
        return TestChoices((*nodes, *ended), tuple(sorted(plans, key=lambda one: (one.title.casefold(), one.series))))


def _ended_link(node: Node) -> NodeLink:
    return NodeLink(node.id, node.nature, "", "–", node.name, node.ended_on)


def unscheduled(plans: Iterable[PlanName], lines: Collection[TestLine], phase: Phase) -> tuple[PlanName, ...]:
    """The validated plans with neither a test done in the phase nor one to come; a test whose day is over is none."""
    settled = {
        line.plan.series
        for line in lines
        if line.plan
        and ((line.state is TestState.PLANNED and not line.late) or (line.done_on and phase.holds(line.done_on)))
    }
    missing = [one for one in plans if one.validated and one.series not in settled]
    return tuple(sorted(missing, key=lambda one: (one.title.casefold(), one.series)))


def read_lines(
    session: Session,
    establishment_ids: Collection[int],
    plans: Mapping[int, PlanName],
    phase: Phase,
    day: date,
    lang: Lang,
) -> list[TestLine]:
    """Every test of some establishments, judged in a phase: a few queries, whatever their number."""
    rows = session.scalars(
        select(ContinuityTest).where(among(session, ContinuityTest.establishment_id, sorted(establishment_ids)))
    ).all()
    tested = nodes_of(session, [row.id for row in rows])
    needed = perimeter_needs(session, rows)
    return [_line(row, tested[row.id], plans, needed, phase, day, lang) for row in rows]


def _line(
    row: ContinuityTest,
    tested: Sequence[tuple[ContinuityTestNode, Node]],
    plans: Mapping[int, PlanName],
    needed: Mapping[int, date],
    phase: Phase,
    day: date,
    lang: Lang,
) -> TestLine:
    known = played(row, [node for _one, node in tested], needed)
    found = answers(known, phase, (row.done_on or row.planned_on).year)
    return TestLine(
        id=row.id,
        establishment_id=row.establishment_id,
        title=row.title,
        kind=row.kind,
        state=row.state,
        planned_on=row.planned_on,
        done_on=row.done_on,
        result=row.result,
        leader=row.leader,
        plan=plans.get(row.plan_series) if row.plan_series is not None else None,
        names=tuple(one.name for one, _node in tested),
        late=row.state is TestState.PLANNED and row.planned_on < day,
        answers=tuple(
            AnswerView(
                one.duty, DUTIES[one.duty].render(lang), one.counts, tuple(text.render(lang) for text in one.reasons)
            )
            for one in found
        ),
    )


def _node(tested: ContinuityTestNode, node: Node) -> TestedNode:
    return TestedNode(
        id=node.id,
        nature=node.nature,
        name=tested.name,
        name_now=node.name if node.name != tested.name else "",
        ended_on=node.ended_on,
        recovery_minutes=tested.recovery_minutes,
        data_loss_minutes=tested.data_loss_minutes,
        restore_minutes=tested.restore_minutes,
        held_minutes=tested.held_minutes,
    )


def _in_order(lines: Iterable[TestLine], *, latest_first: bool = False) -> tuple[TestLine, ...]:
    return tuple(sorted(lines, key=lambda one: (one.on, one.id), reverse=latest_first))


def _years(lines: Collection[TestLine], this_year: int) -> tuple[int, ...]:
    found = {line.on.year for line in lines} | {this_year, this_year + 1}
    first = max(min(found), this_year - YEARS_BEFORE)
    return tuple(range(first, min(max(found), this_year + YEARS_AFTER) + 1))


def _played_in(year: int, lines: Collection[TestLine]) -> bool:
    return any(line.on.year == year and any(one.duty is Duty.YEARLY for one in line.counts_for) for line in lines)


def _schedule(
    session: Session, establishment_id: int, pairs: Iterable[tuple[TestLine, int]], years: Sequence[int]
) -> tuple[ScheduleRow, ...]:
    """Activities in use, and those that ended that a test was about; the never tested first."""
    by_activity: dict[int, list[TestLine]] = defaultdict(list)
    for line, node_id in pairs:
        if line.state is not TestState.CANCELLED:
            by_activity[node_id].append(line)
    query = select(Activity).where(Activity.establishment_id == establishment_id)
    known = [one for one in session.scalars(query) if one.ended_on is None or by_activity.get(one.id)]
    found = [_schedule_row(one, by_activity.get(one.id, []), years) for one in known]
    return tuple(
        sorted(found, key=lambda one: (one.ended_on is not None, not one.never, one.name.casefold(), one.activity_id))
    )


def _schedule_row(activity: Activity, lines: Sequence[TestLine], years: Sequence[int]) -> ScheduleRow:
    return ScheduleRow(
        activity_id=activity.id,
        name=activity.name,
        ended_on=activity.ended_on,
        cells=tuple(_in_order(one for one in lines if one.on.year == year) for year in years),
        never=not any(one.state is TestState.DONE for one in lines),
    )
