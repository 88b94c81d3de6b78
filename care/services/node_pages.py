"""What hangs on an activity or a resource: what it needs, what needs it, objectives in force, sheets, tests, plans.

Small queries for pages: counts and links. Each subject has its own services for more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session, aliased

from care.domain.access import Right, Scope
from care.domain.continuity import PlanState, SheetState, Strength, TestKind, TestResult, TestState
from care.domain.durations import written
from care.services.errors import NotFound
from care.services.node_rows import NodeLink, node_links
from care.services.places import within
from care.services.platform import Platform
from care.store.continuity import (
    Bia,
    ContinuityTest,
    ContinuityTestNode,
    DegradedMode,
    DegradedModeCover,
    Dependency,
    Node,
    PaperKit,
    Plan,
    PlanActivity,
)
from scanners.model import Lang

MOST_TESTS = 10
LIVING_PLANS = (PlanState.DRAFT, PlanState.IN_VALIDATION, PlanState.VALIDATED)


@dataclass(frozen=True, slots=True)
class NeedLine:
    """A dependency seen from one of its ends: `node` is the other. `holds` is written for the reader."""

    id: int
    node: NodeLink
    strength: Strength
    holds_minutes: int
    holds: str
    alternative: str
    note: str


@dataclass(frozen=True, slots=True)
class ObjectivesView:
    """The objectives of the BIA in force, written for the reader; an empty one was not answered."""

    number: int
    dmia: str
    rto: str
    pdma: str
    dmard: str
    minimum_service: str


@dataclass(frozen=True, slots=True)
class ModeLink:
    """A degraded mode in force. `holds` is empty when nobody measured it."""

    id: int
    series: int
    title: str
    holds: str


@dataclass(frozen=True, slots=True)
class TestLink:
    """A test of the node; `on` is when it was done, else when it is planned."""

    __test__ = False

    id: int
    title: str
    kind: TestKind
    state: TestState
    on: date
    result: TestResult | None


@dataclass(frozen=True, slots=True)
class PlanLink:
    """The latest living version of a plan that covers the activity."""

    id: int
    series: int
    number: int
    title: str
    state: PlanState


@dataclass(frozen=True, slots=True)
class NodeSurroundings:
    """All that hangs on a node. `tests` lists the latest of `tests_total`; `bia_draft`: one is being filled."""

    needs: tuple[NeedLine, ...]
    needed_by: tuple[NeedLine, ...]
    objectives: ObjectivesView | None
    bia_draft: bool
    modes: tuple[ModeLink, ...]
    paper_kits: int
    tests: tuple[TestLink, ...]
    tests_total: int
    plans: tuple[PlanLink, ...]


def surroundings(platform: Platform, scope: Scope, node_id: int) -> NodeSurroundings:
    """What hangs on a node that the reader sees; NotFound otherwise. Nodes that ended are shown with their date."""
    with platform.database.read() as session:
        found = session.scalar(
            select(Node.id).where(Node.id == node_id, within(scope, Right.SEE_CONTINUITY, Node.establishment_id))
        )
        if found is None:
            raise NotFound
        needs, needed_by = _dependencies(session, node_id, scope.lang)
        current = _bia(session, node_id, SheetState.CURRENT)
        kits = select(func.count()).where(PaperKit.activity_id == node_id, PaperKit.retired_on.is_(None))
        tests = select(func.count()).where(ContinuityTestNode.node_id == node_id)
        return NodeSurroundings(
            needs=needs,
            needed_by=needed_by,
            objectives=_objectives(current, scope.lang) if current else None,
            bia_draft=_bia(session, node_id, SheetState.DRAFT) is not None,
            modes=_modes(session, node_id, scope.lang),
            paper_kits=session.scalar(kits) or 0,
            tests=_tests(session, node_id),
            tests_total=session.scalar(tests) or 0,
            plans=living_plans(session, node_id),
        )


def living_plans(session: Session, activity_id: int) -> tuple[PlanLink, ...]:
    """The plans that cover an activity and are not archived, the latest version of each."""
    newer = aliased(Plan)
    latest = select(func.max(newer.number)).where(newer.series == Plan.series).scalar_subquery()
    rows = session.scalars(
        select(Plan)
        .join(PlanActivity, PlanActivity.plan_id == Plan.id)
        .where(PlanActivity.activity_id == activity_id, Plan.state.in_(LIVING_PLANS), Plan.number == latest)
        .order_by(Plan.title, Plan.id)
    )
    return tuple(PlanLink(row.id, row.series, row.number, row.title, row.state) for row in rows)


def _dependencies(session: Session, node_id: int, lang: Lang) -> tuple[tuple[NeedLine, ...], tuple[NeedLine, ...]]:
    """What the node needs, and what needs it: essential first, then by name."""
    rows = session.scalars(
        select(Dependency).where(or_(Dependency.dependent_id == node_id, Dependency.needed_id == node_id))
    ).all()
    links = node_links(session, {one for row in rows for one in (row.dependent_id, row.needed_id)}, lang)
    needs = [need_line(row, links[row.needed_id], lang) for row in rows if row.dependent_id == node_id]
    needed_by = [need_line(row, links[row.dependent_id], lang) for row in rows if row.needed_id == node_id]
    return _in_order(needs), _in_order(needed_by)


def need_line(row: Dependency, other: NodeLink, lang: Lang) -> NeedLine:
    """A dependency seen from one end."""
    holds = written(row.holds_minutes, lang)
    return NeedLine(row.id, other, row.strength, row.holds_minutes, holds, row.alternative, row.note)


def _in_order(lines: list[NeedLine]) -> tuple[NeedLine, ...]:
    def rank(line: NeedLine) -> tuple[bool, bool, str, str]:
        useful = line.strength is Strength.USEFUL
        return (line.node.ended_on is not None, useful, line.node.kind_name, line.node.name.casefold())

    return tuple(sorted(lines, key=rank))


def _bia(session: Session, activity_id: int, state: SheetState) -> Bia | None:
    query = select(Bia).where(Bia.activity_id == activity_id, Bia.state == state).order_by(Bia.number.desc())
    return session.scalars(query.limit(1)).one_or_none()


def _objectives(bia: Bia, lang: Lang) -> ObjectivesView:
    def words(minutes: int | None) -> str:
        return "" if minutes is None else written(minutes, lang)

    times = (bia.dmia_minutes, bia.rto_minutes, bia.pdma_minutes, bia.dmard_minutes)
    dmia, rto, pdma, dmard = map(words, times)
    return ObjectivesView(bia.number, dmia, rto, pdma, dmard, bia.minimum_service)


def _modes(session: Session, node_id: int, lang: Lang) -> tuple[ModeLink, ...]:
    """The sheets in force of an activity, and those that make up for the loss of this node."""
    covering = select(DegradedModeCover.series).where(DegradedModeCover.node_id == node_id)
    rows = session.scalars(
        select(DegradedMode)
        .where(
            or_(DegradedMode.activity_id == node_id, DegradedMode.series.in_(covering)),
            DegradedMode.state == SheetState.CURRENT,
        )
        .order_by(DegradedMode.title, DegradedMode.id)
    )
    return tuple(
        ModeLink(row.id, row.series, row.title, "" if row.holds_minutes is None else written(row.holds_minutes, lang))
        for row in rows
    )


def _tests(session: Session, node_id: int) -> tuple[TestLink, ...]:
    when = case((ContinuityTest.done_on.is_not(None), ContinuityTest.done_on), else_=ContinuityTest.planned_on)
    rows = session.scalars(
        select(ContinuityTest)
        .join(ContinuityTestNode, ContinuityTestNode.test_id == ContinuityTest.id)
        .where(ContinuityTestNode.node_id == node_id)
        .order_by(when.desc(), ContinuityTest.id.desc())
        .limit(MOST_TESTS)
    )
    return tuple(
        TestLink(row.id, row.title, row.kind, row.state, row.done_on or row.planned_on, row.result) for row in rows
    )
