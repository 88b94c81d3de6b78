"""The facts of continuity, made from the platform's own tables; `scanners.continuity` judges them like any others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.continuity import PlanState, SheetState, TestState
from care.domain.fragility import loops
from care.domain.graph import Graph, Node
from care.domain.inheritance import inherited_dmia, inherited_pdma
from care.services.continuity_graph import load_graph
from care.services.measured import Measures, measures_of
from care.services.paper_kits import last_checks
from care.services.platform import Platform
from care.store.continuity import Activity as ActivityRow
from care.store.continuity import (
    Bia,
    ContinuityTest,
    ContinuityTestNode,
    DegradedMode,
    PaperKit,
    PerimeterAbsence,
    PlanActivity,
)
from care.store.continuity import Plan as PlanRow
from scanners.archive import Archive, Manifest, read_archive, write_archive
from scanners.continuity.facts import (
    FORMAT,
    Activity,
    ContinuityFacts,
    Kit,
    Mode,
    Objectives,
    Plan,
    Resource,
    with_gaps,
)
from scanners.model import Facts

CONTINUITY = "continuity"
TARGET_NAME = "Plan de continuité et de reprise"


def write_facts(platform: Platform, establishment_id: int, path: Path) -> Archive[Facts]:
    """Read the tables and write the archive, as a collection would."""
    now = platform.clock.now()
    with platform.database.read() as session:
        facts = facts_of(platform, session, establishment_id, now)
    moment = now.isoformat()
    manifest = Manifest(CONTINUITY, FORMAT.schema, TARGET_NAME, moment, moment, f"care {version('care-resilience')}")
    write_archive(path, manifest, facts)
    return read_archive(path)


def facts_of(platform: Platform, session: Session, establishment_id: int, now: datetime) -> ContinuityFacts:
    """The continuity of an establishment at `now`; who asks was checked before."""
    day = now.astimezone(ZoneInfo(platform.settings.timezone)).date()
    graph = load_graph(session, establishment_id, day)
    measures = measures_of(platform, session, establishment_id)
    facts = ContinuityFacts(
        _activities(session, graph, measures),
        _resources(graph, measures),
        _plans(session, establishment_id),
        now,
        day,
        tuple(tuple(node.name for node in loop.nodes) for loop in loops(graph)),
        tuple(
            perimeter.value
            for perimeter in session.scalars(
                select(PerimeterAbsence.perimeter)
                .where(PerimeterAbsence.establishment_id == establishment_id)
                .order_by(PerimeterAbsence.perimeter)
            )
        ),
    )
    return with_gaps(facts)


def _activities(session: Session, graph: Graph, measures: Measures) -> tuple[Activity, ...]:
    nodes = [node for node in graph.nodes if node.is_activity]
    ids, names, inherited = [node.id for node in nodes], _names(nodes), _inherited(graph)
    perimeters = dict(
        session.execute(select(ActivityRow.id, ActivityRow.perimeter).where(ActivityRow.id.in_(ids))).all()
    )
    answered = dict(
        session.execute(
            select(Bia.activity_id, Bia.answered_on).where(Bia.activity_id.in_(ids), Bia.state == SheetState.CURRENT)
        ).all()
    )
    modes, kits = _modes(session, ids), _kits(session, ids)
    plans, tests = _covering(session, ids), _tested(session, ids)
    needs = {node_id: len(graph.essential[graph.position[node_id]]) for node_id in ids}
    return tuple(
        Activity(
            name=names[node.id],
            critical=node.critical,
            owner=node.owner,
            perimeter=perimeter.value if (perimeter := perimeters.get(node.id)) else None,
            objectives=_objectives(node) if node.id in answered else None,
            inherited=inherited.get(node.id),
            answered_on=answered.get(node.id),
            needs=needs[node.id],
            plan=plans.get(node.id, ""),
            tested_on=tests.get(node.id),
            modes=modes.get(node.id, ()),
            kits=kits.get(node.id, ()),
            measures=measures.get(node.id, ()),
        )
        for node in nodes
    )


def _objectives(node: Node) -> Objectives:
    return Objectives(node.dmia, node.rto, node.pdma, node.dmard)


def _resources(graph: Graph, measures: Measures) -> tuple[Resource, ...]:
    resources = [node for node in graph.nodes if not node.is_activity]
    names, inherited, supported = _names(resources), _inherited(graph), supporting_critical(graph)
    return tuple(
        Resource(
            kind=node.kind.value,
            name=names[node.id],
            critical=node.id in supported,
            declared=Objectives(None, node.rto, node.pdma, node.dmard),
            inherited=inherited.get(node.id),
            backup_every=node.backup_every,
            measures=measures.get(node.id, ()),
        )
        for node in resources
    )


def _names(nodes: Collection[Node]) -> Mapping[int, str]:
    """How findings call each node: the kind is added to namesakes, or they would be one subject."""
    shared = Counter(node.name.casefold() for node in nodes)
    return {
        node.id: node.name if shared[node.name.casefold()] == 1 else f"{node.name} ({node.kind.value})"
        for node in nodes
    }


def _inherited(graph: Graph) -> Mapping[int, Objectives]:
    """What others impose on each node; what an activity asks of itself is left out."""
    names = {node.id: node.name for node in graph.nodes}
    dmia, pdma = (
        {number: one for number, one in found.items() if one.by != number}
        for found in (inherited_dmia(graph), inherited_pdma(graph))
    )
    found = {}
    for number in dmia.keys() | pdma.keys():
        time, loss = dmia.get(number), pdma.get(number)
        found[number] = Objectives(
            dmia=time.minutes if time else None,
            pdma=loss.minutes if loss else None,
            dmia_by=names[time.by] if time else "",
            pdma_by=names[loss.by] if loss else "",
        )
    return found


def supporting_critical(graph: Graph) -> frozenset[int]:
    """The ids of what a critical activity cannot do without, however far."""
    waiting = [graph.position[node.id] for node in graph.nodes if node.is_activity and node.critical]
    reached = set(waiting)
    while waiting:
        for needed in graph.essential[waiting.pop()]:
            if needed not in reached:
                reached.add(needed)
                waiting.append(needed)
    return frozenset(graph.nodes[position].id for position in reached)


def _modes(session: Session, ids: Iterable[int]) -> Mapping[int, tuple[Mode, ...]]:
    found: dict[int, list[Mode]] = defaultdict(list)
    rows = session.execute(
        select(DegradedMode.activity_id, DegradedMode.title, DegradedMode.holds_minutes, DegradedMode.review_on)
        .where(DegradedMode.activity_id.in_(ids), DegradedMode.state == SheetState.CURRENT)
        .order_by(DegradedMode.title)
    )
    for activity_id, title, holds, review_on in rows:
        found[activity_id].append(Mode(title, holds, review_on))
    return {activity_id: tuple(modes) for activity_id, modes in found.items()}


def _kits(session: Session, ids: Iterable[int]) -> Mapping[int, tuple[Kit, ...]]:
    kits = session.scalars(
        select(PaperKit).where(PaperKit.activity_id.in_(ids), PaperKit.retired_on.is_(None)).order_by(PaperKit.name)
    ).all()
    last = last_checks(session, [kit.id for kit in kits])
    found: dict[int, list[Kit]] = defaultdict(list)
    for kit in kits:
        seen = last.get(kit.id)
        line = Kit(kit.name, kit.check_every_days, seen.checked_on, seen.complete) if seen else None
        found[kit.activity_id].append(line or Kit(kit.name, kit.check_every_days))
    return {activity_id: tuple(kits) for activity_id, kits in found.items()}


def _plans(session: Session, establishment_id: int) -> tuple[Plan, ...]:
    rows = session.execute(
        select(PlanRow.title, PlanRow.validated_on, PlanRow.review_on)
        .where(PlanRow.establishment_id == establishment_id, PlanRow.state == PlanState.VALIDATED)
        .order_by(PlanRow.title)
    )
    return tuple(Plan(title, validated_on, review_on) for title, validated_on, review_on in rows if validated_on)


def _covering(session: Session, ids: Iterable[int]) -> Mapping[int, str]:
    rows = session.execute(
        select(PlanActivity.activity_id, func.min(PlanRow.title))
        .join(PlanRow, PlanRow.id == PlanActivity.plan_id)
        .where(PlanActivity.activity_id.in_(ids), PlanRow.state == PlanState.VALIDATED)
        .group_by(PlanActivity.activity_id)
    )
    return dict(rows.all())


def _tested(session: Session, ids: Iterable[int]) -> Mapping[int, date]:
    rows = session.execute(
        select(ContinuityTestNode.node_id, func.max(ContinuityTest.done_on))
        .join(ContinuityTest, ContinuityTest.id == ContinuityTestNode.test_id)
        .where(ContinuityTestNode.node_id.in_(ids), ContinuityTest.state == TestState.DONE)
        .group_by(ContinuityTestNode.node_id)
    )
    return {node_id: day for node_id, day in rows if day is not None}
