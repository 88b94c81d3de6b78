"""The dependency graph of an establishment, read from the database: the one place that does it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Integer, Select, and_, case, select, type_coerce
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.actions import CareCriticality
from care.domain.continuity import (
    ACTIVITY_KINDS,
    RESOURCE_KINDS,
    ActivityKind,
    Nature,
    ResourceKind,
    SheetState,
    Strength,
)
from care.domain.graph import Fallback, Graph, Node
from care.services.action_query import today
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import trail_end
from care.store.continuity import Activity, Bia, DegradedMode, DegradedModeCover, Dependency, Resource
from care.store.continuity import Node as NodeRow


def graph_of(platform: Platform, scope: Scope, establishment_id: int, right: Right = Right.SEE_CONTINUITY) -> Graph:
    """The graph of today. NotFound for a stranger, Forbidden without `right`."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, right)
        return current_graph(platform, session, establishment_id)


def current_graph(platform: Platform, session: Session, establishment_id: int) -> Graph:
    """The graph of today, remembered while nothing is written on the platform; for reading sessions, as one that writes
    sees what the trail does not tell yet. Who asks was checked before."""
    day, end = today(platform), trail_end(session)
    return platform.graphs.graph(
        establishment_id, (day, end.number, end.hash), lambda: load_graph(session, establishment_id, day)
    )


def kind_name(node: Node, lang: str) -> str:
    """The kind of a node in words."""
    return (ACTIVITY_KINDS[node.kind] if isinstance(node.kind, ActivityKind) else RESOURCE_KINDS[node.kind]).render(
        lang
    )


def load_graph(session: Session, establishment_id: int, day: date) -> Graph:
    """The graph of the nodes in use on `day`, in five statements; who asks was checked before.

    Objectives of activities are those of the BIA in force; degraded modes are those in force.
    """
    modes = _fallbacks(session, establishment_id)
    activities = _rows(session, _activities(establishment_id, day))
    resources = _rows(session, _resources(establishment_id, day))
    nodes = [*(_activity(row, modes) for row in activities), *(_resource(row) for row in resources)]
    return Graph.of(nodes, _rows(session, _ties(establishment_id)))


def _rows(session: Session, query: Select[Any]) -> Iterable[Any]:
    """The columns of a query as the driver gives them: objects of the mapper cost ten times as much."""
    return session.connection().execute(query).cursor.fetchall()


def _in_use(query: Select[Any], establishment_id: int, day: date) -> Select[Any]:
    ended = NodeRow.__table__.c.ended_on
    return query.where(NodeRow.__table__.c.establishment_id == establishment_id, ended.is_(None) | (ended > day))


def _activities(establishment_id: int, day: date) -> Select[Any]:
    node, activity, bia = NodeRow.__table__.c, Activity.__table__.c, Bia.__table__.c
    tables = NodeRow.__table__.join(Activity.__table__, activity.id == node.id).outerjoin(
        Bia.__table__, and_(bia.activity_id == node.id, bia.state == SheetState.CURRENT)
    )
    columns = (node.id, node.name, node.owner, activity.kind, activity.criticality,
               bia.dmia_minutes, bia.rto_minutes, bia.pdma_minutes, bia.dmard_minutes)  # fmt: skip
    return _in_use(select(*columns).select_from(tables), establishment_id, day)


def _resources(establishment_id: int, day: date) -> Select[Any]:
    node, resource = NodeRow.__table__.c, Resource.__table__.c
    columns = (node.id, node.name, node.owner, resource.kind, resource.rto_minutes, resource.pdma_minutes,
               resource.dmard_minutes, resource.restart_minutes, resource.backup_every_minutes)  # fmt: skip
    tables = NodeRow.__table__.join(Resource.__table__, resource.id == node.id)
    return _in_use(select(*columns).select_from(tables), establishment_id, day)


def _ties(establishment_id: int) -> Select[Any]:
    """The columns of `care.domain.graph.Edge`, in its order."""
    tie = Dependency.__table__.c
    essential = type_coerce(case((tie.strength == Strength.ESSENTIAL, 1), else_=0), Integer)
    return (
        select(tie.dependent_id, tie.needed_id, essential, tie.holds_minutes, tie.alternative)
        .where(tie.establishment_id == establishment_id)
        .order_by(tie.id)
    )


def _activity(row: Any, modes: dict[int, list[Fallback]]) -> Node:  # noqa: ANN401 - a row of columns
    number, name, owner, kind, criticality, dmia, rto, pdma, dmard = row
    return Node(
        number,
        Nature.ACTIVITY,
        ActivityKind(kind),
        name,
        CareCriticality(criticality),
        owner,
        dmia,
        rto,
        pdma,
        dmard,
        fallbacks=tuple(modes.get(number, ())),
    )


def _resource(row: Any) -> Node:  # noqa: ANN401 - a row of columns
    number, name, owner, kind, rto, pdma, dmard, restart, every = row
    return Node(number, Nature.RESOURCE, ResourceKind(kind), name, None, owner, None, rto, pdma, dmard, restart, every)


def _fallbacks(session: Session, establishment_id: int) -> dict[int, list[Fallback]]:
    """The degraded modes in force, by activity."""
    covers: dict[int, set[int]] = defaultdict(set)
    mode, cover, node = DegradedMode.__table__.c, DegradedModeCover.__table__.c, NodeRow.__table__.c
    covered = select(cover.series, cover.node_id).join(NodeRow.__table__, node.id == cover.node_id)
    for series, node_id in _rows(session, covered.where(node.establishment_id == establishment_id)):
        covers[series].add(node_id)
    columns = (mode.activity_id, mode.series, mode.title, mode.holds_minutes, mode.capacity_percent)
    query = select(*columns).join(NodeRow.__table__, node.id == mode.activity_id)
    query = query.where(node.establishment_id == establishment_id, mode.state == SheetState.CURRENT)
    found: dict[int, list[Fallback]] = defaultdict(list)
    for activity, series, title, holds, capacity in _rows(session, query.order_by(mode.series)):
        found[activity].append(Fallback(series, title, holds, frozenset(covers[series]), capacity))
    return found
