"""Pictures of the dependency graph: the whole of a small one, else what lies around a few nodes."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from care.domain.access import Scope
from care.domain.actions import CareCriticality
from care.domain.graph import Graph, Node
from care.domain.what_if import Course, Effect
from care.services.continuity_graph import graph_of, kind_name
from care.services.errors import NotFound
from care.services.platform import Platform
from care.services.what_if_words import after
from reports.charts import Chart
from reports.layers import Box, Family, State, Style, Tie, layered
from reports.words import Lang as ReportLang
from scanners.model import Lang, Text

MOST_BOXES = 60
"""Boxes that can be read at once."""
MOST_OTHERS = 20


_TITLE = Text("Carte des dépendances", "Map of dependencies")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and its table; `left_out` counts the nodes that did not fit."""

    chart: Chart
    left_out: int


@dataclass(frozen=True, slots=True)
class MapView:
    """The map: the node it is drawn around (None for the whole), its picture, and nodes to draw it around instead.

    `whole` says that the whole map could be drawn.
    """

    around: str | None
    whole: bool
    picture: Picture | None
    others: tuple[tuple[int, str], ...]


def open_map(platform: Platform, scope: Scope, establishment_id: int, around: int | None = None) -> MapView:
    """The whole map when it can be read; else around a node, the gravest activity unless one is asked for.

    NotFound for a node that is not in use here.
    """
    graph = graph_of(platform, scope, establishment_id)
    if around is not None and around not in graph.position:
        raise NotFound
    gravest = sorted((node for node in graph.nodes if node.critical), key=lambda node: (_not_vital(node), node.id))
    tied = {number for edge in graph.edges for number in edge[:2]}
    whole = len(tied) <= MOST_BOXES
    if around is None and not whole:
        around = gravest[0].id if gravest else min(tied)
    picture = picture_of(graph, scope.lang, around)
    others = tuple((node.id, node.name) for node in gravest[:MOST_OTHERS] if node.id != around)
    return MapView(graph.node(around).name if around else None, whole, picture, others)


def _not_vital(node: Node) -> bool:
    return node.criticality is not CareCriticality.VITAL


def picture_of(graph: Graph, lang: Lang, around: int | None = None) -> Picture | None:
    """The graph, or what one node needs and what needs it, from one to the next, the nearest first.

    Nodes tied to nothing are left to lists. None when there is nothing to draw.
    """
    tied = {number for edge in graph.edges for number in edge[:2]} if around is None else _along(graph, around)
    chosen = _nearest(graph, tied, tied if around is None else (around,))
    states = {} if around is None else {around: (State.CHOSEN, "")}
    return _drawn(graph, lang, chosen, states, len(tied) - len(chosen)) if chosen else None


def picture_of_outage(graph: Graph, lang: Lang, course: Course, at: datetime) -> Picture | None:
    """What an outage at `at` touches, and how it stands then. None when nothing is tied, or more than can be read."""
    if not 1 < len(course.effects) <= MOST_BOXES:
        return None
    states = {number: _note(effect, at, lang) for number, effect in course.effects.items()}
    return _drawn(graph, lang, set(states), states, 0, set(course.fallen))


def _drawn(
    graph: Graph,
    lang: Lang,
    chosen: set[int],
    states: Mapping[int, tuple[State, str]],
    left_out: int,
    fallen: Collection[int] = (),
) -> Picture:
    boxes = [_box(graph.node(number), lang, *states.get(number, (State.NORMAL, ""))) for number in sorted(chosen)]
    ties = _ties(graph, chosen, fallen)
    return Picture(layered(_TITLE.render(lang), boxes, ties, cast(ReportLang, lang)), left_out)


def _along(graph: Graph, number: int) -> set[int]:
    """A node, all it needs and all that needs it, from one to the next."""
    needs: dict[int, list[int]] = defaultdict(list)
    needed_by: dict[int, list[int]] = defaultdict(list)
    for dependent, needed, *_rest in graph.rows:
        needs[dependent].append(needed)
        needed_by[needed].append(dependent)
    found = {number}
    for ways in (needs, needed_by):
        met, left = {number}, [number]
        while left:
            news = {other for other in ways[left.pop()] if other not in met}
            met |= news
            left += news
        found |= met
    return found


def _nearest(graph: Graph, tied: set[int], around: Iterable[int]) -> set[int]:
    """At most `MOST_BOXES` of the nodes tied, by distance from those around, whichever way ties go."""
    if len(tied) <= MOST_BOXES:
        return tied
    queue = deque(sorted(set(around) & tied)[:MOST_BOXES])
    found = dict.fromkeys(queue)
    while queue and len(found) < MOST_BOXES:
        for other in sorted(_beside(graph, queue.popleft()), key=lambda one: (not graph.node(one).critical, one)):
            if other in tied and other not in found and len(found) < MOST_BOXES:
                found[other] = None
                queue.append(other)
    return set(found)


def _beside(graph: Graph, number: int) -> set[int]:
    """What a node needs, and what needs it, essential or not alone."""
    place, needs = graph.position[number], graph.needs
    found = {dependent for dependent, _holds, _row in (*needs.direct[place], *needs.helps[place])}
    found |= {needs.dependents[row] for row, _holds in needs.uses[place]} | set(graph.essential[place])
    return {graph.nodes[one].id for one in found}


def _box(node: Node, lang: Lang, state: State, note: str) -> Box:
    family = Family.ACTIVITY if node.is_activity else Family(node.kind.value)
    return Box(node.id, node.name, family, kind_name(node, lang), state, note)


def _ties(graph: Graph, chosen: set[int], fallen: Collection[int]) -> list[Tie]:
    return [
        Tie(
            edge.dependent,
            edge.needed,
            Style.USEFUL if not edge.essential else Style.SPARE if edge.alternative else Style.ESSENTIAL,
            edge.essential and edge.dependent in fallen and edge.needed in fallen,
        )
        for edge in graph.edges
        if edge.dependent in chosen and edge.needed in chosen
    ]


def _note(effect: Effect, at: datetime, lang: Lang) -> tuple[State, str]:
    if effect.lost:
        return State.LOST, Text("perdu", "lost").render(lang)
    if effect.stops is not None:
        moment = after(at, effect.stops, lang)
        return State.STOPPED, Text(f"arrêt à {moment}", f"stops at {moment}").render(lang)
    if effect.hit is not None:
        moment = after(at, effect.hit, lang)
        return State.DEGRADED, Text(f"dégradé dès {moment}", f"degraded at {moment}").render(lang)
    return State.HAMPERED, Text("gêné", "hampered").render(lang)
