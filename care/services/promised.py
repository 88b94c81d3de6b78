"""What is asked, what is declared, what was measured: side by side for each activity and resource."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from care.domain.access import Right, Scope
from care.domain.durations import written
from care.domain.graph import Graph, Node
from care.services.action_query import today
from care.services.continuity_graph import kind_name, load_graph
from care.services.inherited import NOTHING, Objectives, objectives_in
from care.services.measured import measures_of
from care.services.places import visible_establishment
from care.services.platform import Platform
from scanners.continuity.facts import Measure, What, worst
from scanners.model import Lang, Text

_ROWS: Sequence[tuple[What, Text, bool]] = (
    ("recovery", Text("Remise en service", "Back in service"), False),
    ("data_loss", Text("Données perdues", "Data lost"), False),
    ("restore", Text("Données restaurées", "Data restored"), False),
    ("held", Text("Mode dégradé tenu", "Degraded mode held"), True),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest measure of one sort; `late` when it is worse than what is asked or declared."""

    minutes: str
    on: date
    source: str


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """One duration of one node: asked by what it supports, declared, measured. "" when nobody said.

    `broken` says that the measure is worse than the stricter of the first two; `short` that what is declared is
    already longer than what is asked.
    """

    what: str
    asked: str
    asked_by: str
    declared: str
    measured: Seen | None
    broken: bool
    short: bool


@dataclass(frozen=True, slots=True)
class PromiseNode:
    """An activity or a resource of which something is asked, declared or measured."""

    id: int
    name: str
    kind: str
    is_activity: bool
    critical: bool
    rows: tuple[PromiseRow, ...]

    @property
    def contradicted(self) -> bool:
        """Whether a promise does not hold."""
        return any(row.broken or row.short for row in self.rows)

    @property
    def unmeasured(self) -> bool:
        """Whether nothing was ever measured."""
        return all(row.measured is None for row in self.rows)


@dataclass(frozen=True, slots=True)
class Promises:
    """Nodes of an establishment, contradictions first, then what matters most."""

    nodes: tuple[PromiseNode, ...]

    @property
    def contradicted(self) -> int:
        """How many nodes break a promise."""
        return sum(one.contradicted for one in self.nodes)

    @property
    def unmeasured(self) -> int:
        """How many were never measured."""
        return sum(one.unmeasured for one in self.nodes)

    @property
    def told(self) -> tuple[PromiseNode, ...]:
        """Those contradicted or measured: there is something to read."""
        return tuple(one for one in self.nodes if one.contradicted or not one.unmeasured)

    @property
    def silent(self) -> tuple[PromiseNode, ...]:
        """Those that nothing contradicts and nothing measured."""
        return tuple(one for one in self.nodes if one.unmeasured and not one.contradicted)


def promises(platform: Platform, scope: Scope, establishment_id: int) -> Promises:
    """What is promised beside what was measured. NotFound, Forbidden as usual."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        graph = load_graph(session, establishment_id, today(platform))
        measures = measures_of(platform, session, establishment_id)
    asked = objectives_in(graph)
    found = [
        _node(graph, node, asked.get(node.id, NOTHING), measures.get(node.id, ()), scope.lang) for node in graph.nodes
    ]
    kept = [one for one in found if one.rows]
    return Promises(tuple(sorted(kept, key=_worst_first)))


def _worst_first(one: PromiseNode) -> tuple[bool, bool, bool, str]:
    return (not one.contradicted, not one.critical, not one.is_activity, one.name.casefold())


def _node(graph: Graph, node: Node, asked: Objectives, measures: Sequence[Measure], lang: Lang) -> PromiseNode:
    rows = tuple(_rows(graph, node, asked, measures, lang))
    return PromiseNode(node.id, node.name, kind_name(node, lang), node.is_activity, node.critical, rows)


def _rows(graph: Graph, node: Node, asked: Objectives, measures: Sequence[Measure], lang: Lang) -> Iterable[PromiseRow]:
    demands = {"recovery": asked.dmia, "data_loss": asked.pdma}
    holds = max((mode.holds for mode in node.fallbacks if mode.holds is not None), default=None)
    declared = {"recovery": node.rto, "data_loss": node.pdma, "restore": node.dmard, "held": holds}
    for what, name, at_least in _ROWS:
        demand, promised, measure = demands.get(what), declared[what], worst(measures, what)
        if demand is None and promised is None and measure is None:
            continue
        limit = demand.minutes if demand else None
        yield PromiseRow(
            what=name.render(lang),
            asked=written(limit, lang) if limit is not None else "",
            asked_by=demand.by if demand and demand.by_id != node.id else "",
            declared=written(promised, lang) if promised is not None else "",
            measured=Seen(written(measure.minutes, lang), measure.date, measure.source) if measure else None,
            broken=measure is not None and _broken(measure.minutes, (limit, promised), at_least=at_least),
            short=limit is not None and promised is not None and promised > limit,
        )


def _broken(minutes: int, limits: Iterable[int | None], *, at_least: bool) -> bool:
    known = [one for one in limits if one is not None]
    if not known:
        return False
    return minutes < max(known) if at_least else minutes > min(known)
