"""Everything a continuity plan says on one day, read from the tables: what its document prints and validation keeps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.continuity import (
    CELL_KINDS,
    PERIMETERS,
    TEST_KINDS,
    TEST_RESULTS,
    TEST_STATES,
    CellKind,
    SheetState,
    TestState,
)
from care.domain.durations import written
from care.domain.graph import DIGITAL, Graph, Node, gravest_first
from care.domain.inheritance import inherited_dmia
from care.domain.plans import SECTIONS, Covered, Lack, lacks
from care.domain.restart import Restart, restart_order
from care.services.action_exports import CRITICALITIES
from care.services.continuity_graph import kind_name, load_graph
from care.services.graph_pictures import Picture, picture_of
from care.services.inherited import NOTHING, objectives_in
from care.services.paper_kits import KitLine, by_activity, kits_in_use, read_kits
from care.services.plan_rows import activity_ids, series_of, visible_plan
from care.services.platform import Platform
from care.services.what_if_words import ignored_reason
from care.store.bulk import among
from care.store.continuity import Activity, Bia, ContinuityTest, ContinuityTestNode, DegradedMode, Plan, Resource
from care.store.continuity import Node as NodeRow
from care.store.crisis import CrisisContact
from care.store.registry import Establishment
from reports.pcra_model import (
    PlanActivity,
    PlanCell,
    PlanChapter,
    PlanDocument,
    PlanMode,
    PlanPicture,
    PlanResource,
    PlanRestart,
    PlanSignature,
    PlanTest,
)
from reports.words import Lang as ReportLang
from reports.words import day, percent
from scanners.model import Lang, Text

_KEPT = TypeAdapter(PlanDocument)


def to_kept(document: PlanDocument) -> dict[str, Any]:
    """What the table keeps of a validated plan: the whole document as JSON values."""
    kept: dict[str, Any] = _KEPT.dump_python(document, mode="json")
    return kept


def from_kept(content: Mapping[str, Any]) -> PlanDocument:
    """The document that was kept."""
    return _KEPT.validate_python(content)


@dataclass(frozen=True, slots=True)
class Moment:
    """When a plan is read, and for whom."""

    now: datetime
    day: date
    lang: Lang


def moment_of(platform: Platform, lang: Lang) -> Moment:
    """The present moment where the installation is."""
    now = platform.clock.now().astimezone(ZoneInfo(platform.settings.timezone))
    return Moment(now, now.date(), lang)


def document_of(
    session: Session, row: Plan, place: Establishment, at: Moment, signature: PlanSignature | None = None
) -> PlanDocument:
    """A version as it stands at that moment; a version validated before keeps saying what it said then."""
    if row.content is not None:
        return from_kept(row.content)
    ids = activity_ids(session, row.id)
    graph = load_graph(session, place.id, at.day)
    covered = [graph.node(number) for number in ids if number in graph.position]
    around = _around(graph, [node.id for node in covered])
    return PlanDocument(
        lang=cast(ReportLang, at.lang),
        issued_at=at.now,
        establishment=place.name,
        finess=place.finess,
        title=row.title,
        number=row.number,
        chapters=tuple(
            PlanChapter(one.key.value, one.title.render(at.lang), row.sections.get(one.key.value, ""))
            for one in SECTIONS
        ),
        activities=_activities(session, around, covered, at.lang),
        resources=_resources(session, graph, around, at.lang),
        **_restart(graph, around, covered, at.lang),
        modes=_modes(session, covered, at),
        tests=_tests(session, row, [node.id for node in around.nodes], at.lang),
        cells=_cells(session, place.id, at.lang),
        remarks=tuple(one.text.render(at.lang) for one in lacks(row.sections, known_of(session, ids, covered))),
        picture=_picture(around, at.lang),
        signature=signature,
        former=tuple(_former(session, row, at.lang)),
    )


def _former(session: Session, row: Plan, lang: Lang) -> Iterable[str]:
    """The versions validated before, the latest first: when, and by whom."""
    for one in series_of(session, row.series):
        if one.number < row.number and one.validated_on is not None:
            on = day(one.validated_on, cast(ReportLang, lang))
            who = ", ".join(words for words in (one.validated_by, one.validator_title) if words)
            said = Text("validée le {on} par {who}", "validated on {on} by {who}")
            yield f"Version {one.number}, {said.render(lang, {'on': on, 'who': who})}."


def plan_lacks(session: Session, row: Plan, day: date) -> tuple[Lack, ...]:
    """What a version lacks before it is validated, what blocks first."""
    ids = activity_ids(session, row.id)
    graph = load_graph(session, row.establishment_id, day)
    covered = [graph.node(number) for number in ids if number in graph.position]
    return lacks(row.sections, known_of(session, ids, covered))


def known_of(session: Session, ids: Collection[int], covered: Sequence[Node]) -> list[Covered]:
    """What is known of activities: those in use as nodes, those that ended by their name."""
    used = {node.id: Covered(node.name, node.critical, False, node.dmia is not None, bool(node.fallbacks))
            for node in covered}  # fmt: skip
    gone = [number for number in ids if number not in used]
    rows = session.execute(select(NodeRow.id, NodeRow.name).where(NodeRow.id.in_(gone))) if gone else ()
    ended = {number: Covered(name, critical=False, ended=True) for number, name in rows}
    return [(used | ended)[number] for number in ids]


def _around(graph: Graph, ids: Iterable[int]) -> Graph:
    """The activities covered and all they need, however far: a graph of its own."""
    needs: dict[int, list[int]] = defaultdict(list)
    for edge in graph.edges:
        needs[edge.dependent].append(edge.needed)
    found, waiting = set(ids), list(ids)
    while waiting:
        for needed in needs[waiting.pop()]:
            if needed not in found:
                found.add(needed)
                waiting.append(needed)
    edges = [edge for edge in graph.edges if edge.dependent in found and edge.needed in found]
    return Graph.of([graph.node(number) for number in found], edges)


def _activities(session: Session, around: Graph, covered: Sequence[Node], lang: Lang) -> tuple[PlanActivity, ...]:
    ids = [node.id for node in covered]
    perimeters = dict(
        session.execute(select(Activity.id, Activity.perimeter).where(among(session, Activity.id, ids))).all()
    )
    bias = {
        row.activity_id: row
        for row in session.scalars(
            select(Bia).where(among(session, Bia.activity_id, ids), Bia.state == SheetState.CURRENT)
        )
    }
    needs: dict[int, list[str]] = defaultdict(list)
    for edge in around.edges:
        needs[edge.dependent].append(around.node(edge.needed).name)
    found = []
    for node in sorted(covered, key=gravest_first):
        bia, perimeter = bias.get(node.id), perimeters.get(node.id)
        found.append(
            PlanActivity(
                name=node.name,
                kind=kind_name(node, lang),
                criticality=CRITICALITIES[node.criticality].render(lang) if node.criticality else "",
                perimeter=PERIMETERS[perimeter].render(lang) if perimeter else "",
                owner=node.owner,
                dmia=said(node.dmia, lang),
                rto=said(node.rto, lang),
                pdma=said(node.pdma, lang),
                dmard=said(node.dmard, lang),
                minimum=_minimum(bia, lang) if bia else "",
                peaks=bia.peaks if bia else "",
                needs=tuple(needs[node.id]),
            )
        )
    return tuple(found)


def _minimum(bia: Bia, lang: Lang) -> str:
    if bia.minimum_percent is None:
        return bia.minimum_service
    share = Text(
        f"Au moins {bia.minimum_percent} % de l’activité.", f"At least {bia.minimum_percent}% of the activity."
    )
    return f"{share.render(lang)}\n{bia.minimum_service}".strip()


def said(minutes: int | None, lang: Lang) -> str:
    """A duration in words, nothing when nobody said."""
    return "" if minutes is None else written(minutes, lang)


def _resources(session: Session, graph: Graph, around: Graph, lang: Lang) -> tuple[PlanResource, ...]:
    asked, found = objectives_in(graph), []
    nodes = sorted((one for one in around.nodes if not one.is_activity), key=lambda one: _asked_first(asked, one))
    query = select(Resource.id, Resource.place).where(among(session, Resource.id, [node.id for node in nodes]))
    places = dict(session.execute(query).all())
    for node in nodes:
        of = asked.get(node.id, NOTHING)
        found.append(
            PlanResource(
                name=node.name,
                kind=kind_name(node, lang),
                owner=node.owner,
                place=places.get(node.id, ""),
                asked_dmia=said(of.dmia.minutes, lang) if of.dmia else "",
                asked_pdma=said(of.pdma.minutes, lang) if of.pdma else "",
                asked_by=of.dmia.by if of.dmia else "",
                rto=said(node.rto, lang),
                pdma=said(node.pdma, lang),
                dmard=said(node.dmard, lang),
                backup=said(node.backup_every, lang),
            )
        )
    return tuple(found)


def _asked_first(asked: Mapping[int, Any], node: Node) -> tuple[float, str]:
    demand = asked.get(node.id, NOTHING).dmia
    return (demand.minutes if demand else float("inf"), node.name.casefold())


def _restart(graph: Graph, around: Graph, covered: Sequence[Node], lang: Lang) -> dict[str, Any]:
    """The order if everything digital is lost, as two fields of the document."""
    fallen = {node.id for node in around.nodes if node.kind in DIGITAL}
    if not fallen:
        return {}
    order = restart_order(around, fallen | {node.id for node in covered}, inherited_dmia(graph))
    return {
        "restart": tuple(_steps(around, order, lang)),
        "restart_notes": tuple(ignored_reason(around, tie, lang) for tie in order.ignored),
    }


def _steps(around: Graph, order: Restart, lang: Lang) -> Iterable[PlanRestart]:
    for step in order.steps:
        asked = step.urgency
        yield PlanRestart(
            number=step.number,
            name=step.node.name,
            kind=kind_name(step.node, lang),
            after=tuple(around.node(number).name for number in step.after),
            restart=said(step.node.restart, lang),
            ready=said(step.ready, lang) if step.ready else "",
            asked=said(asked.minutes, lang) if asked else "",
            asked_by=around.node(asked.by).name if asked and asked.by in around.position else "",
            late=asked is not None and step.ready > asked.minutes,
        )


def _modes(session: Session, covered: Sequence[Node], at: Moment) -> tuple[PlanMode, ...]:
    ids = [node.id for node in covered]
    rows = list(
        session.scalars(
            select(DegradedMode).where(
                among(session, DegradedMode.activity_id, ids), DegradedMode.state == SheetState.CURRENT
            )
        )
    )
    wanted = sorted({number for row in rows for number in row.covers})
    names = dict(session.execute(select(NodeRow.id, NodeRow.name).where(among(session, NodeRow.id, wanted))).all())
    kits = by_activity(read_kits(session, kits_in_use(ids), at.day, at.lang))
    place = {node.id: (rank, node) for rank, node in enumerate(sorted(covered, key=gravest_first))}
    rows.sort(key=lambda row: (place[row.activity_id][0], row.title.casefold(), row.id))
    return tuple(_mode(row, place[row.activity_id][1], names, kits.get(row.activity_id, ()), at.lang) for row in rows)


def _mode(row: DegradedMode, activity: Node, names: Mapping[int, str], kits: Iterable[KitLine], lang: Lang) -> PlanMode:
    return PlanMode(
        activity=activity.name,
        title=row.title,
        trigger=row.trigger,
        steps=row.steps,
        limits=row.limits,
        who_to_call=row.who_to_call,
        back_to_normal=row.back_to_normal,
        holds=said(row.holds_minutes, lang),
        capacity=percent(row.capacity_percent, cast(ReportLang, lang)) if row.capacity_percent else "",
        replaces=", ".join(names[number] for number in row.covers if number in names),
        kits=tuple(f"{kit.name} ({kit.place})" for kit in kits),
    )


def _tests(session: Session, row: Plan, ids: Collection[int], lang: Lang) -> tuple[PlanTest, ...]:
    """Tests done or planned of the plan or of what it covers, the latest first."""
    touching = select(ContinuityTestNode.test_id).where(among(session, ContinuityTestNode.node_id, sorted(ids)))
    rows = session.scalars(
        select(ContinuityTest)
        .where(ContinuityTest.establishment_id == row.establishment_id, ContinuityTest.state != TestState.CANCELLED)
        .where(or_(ContinuityTest.plan_series == row.series, ContinuityTest.id.in_(touching)))
        .order_by(ContinuityTest.planned_on.desc(), ContinuityTest.id.desc())
    ).all()
    covers: dict[int, list[str]] = defaultdict(list)
    names = session.execute(
        select(ContinuityTestNode.test_id, ContinuityTestNode.name)
        .where(among(session, ContinuityTestNode.test_id, [one.id for one in rows]))
        .order_by(ContinuityTestNode.name)
    )
    for test_id, name in names:
        covers[test_id].append(name)
    return tuple(
        PlanTest(
            title=one.title,
            kind=TEST_KINDS[one.kind].render(lang),
            state=TEST_STATES[one.state].render(lang),
            on=one.done_on or one.planned_on,
            result=TEST_RESULTS[one.result].render(lang) if one.result else "",
            covers=tuple(covers[one.id]),
        )
        for one in rows
    )


def _cells(session: Session, establishment_id: int, lang: Lang) -> tuple[PlanCell, ...]:
    """The cells by function alone: a name removed from the directory must not stay in a frozen plan."""
    rows = session.execute(
        select(CrisisContact.cell, CrisisContact.function)
        .where(CrisisContact.establishment_id == establishment_id, CrisisContact.cell != CellKind.NONE)
        .order_by(CrisisContact.rank, CrisisContact.id)
    )
    found: dict[CellKind, list[str]] = defaultdict(list)
    for cell, function in rows:
        found[cell].append(function)
    return tuple(PlanCell(CELL_KINDS[cell].render(lang), tuple(found[cell])) for cell in CellKind if cell in found)


def plan_map(platform: Platform, scope: Scope, plan_id: int) -> Picture | None:
    """The map of what a version covers and all it needs, as things stand today; NotFound outside the scope."""
    at = moment_of(platform, scope.lang)
    with platform.database.read() as session:
        row, place = visible_plan(session, scope, plan_id)
        ids, graph = activity_ids(session, row.id), load_graph(session, place.id, at.day)
    return picture_of(_around(graph, [number for number in ids if number in graph.position]), at.lang)


def _picture(around: Graph, lang: Lang) -> PlanPicture | None:
    picture = picture_of(around, lang)
    if picture is None:
        return None
    return PlanPicture(picture.chart.svg, picture.chart.title, picture.chart.description)
