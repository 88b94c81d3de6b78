"""What nodes inherit, where a graph is fragile."""

from __future__ import annotations

from hypothesis import given

from care.domain.fragility import loops, orphans, single_points
from care.domain.graph import Edge, Graph
from care.domain.inheritance import Inherited, inherited_dmia, inherited_pdma, path_to
from care.domain.what_if import what_if
from tests.unit.domain.graphs import INFRASTRUCTURE, MINOR, VITAL, activity, graphs, resource
from tests.unit.domain.naive_outage import needs_of

SMALL = Graph.of(
    [
        activity(1, "Urgences", 60, VITAL, pdma=15),
        activity(2, "Paie", 4320, MINOR, pdma=5),
        activity(3, "Accueil"),
        resource(11, "DPI"),
        resource(12, "Logiciel de paie"),
        resource(21, "Annuaire", INFRASTRUCTURE),
        resource(22, "Fibre", INFRASTRUCTURE),
        resource(23, "Radio", INFRASTRUCTURE),
        resource(31, "Vieux fax"),
    ],
    [
        Edge(1, 11),
        Edge(2, 12),
        Edge(11, 21, holds=600),
        Edge(12, 21),
        Edge(11, 22, alternative="liens"),
        Edge(11, 23, alternative="liens"),
        Edge(12, 22),
        Edge(1, 12, essential=False),
    ],
)


def test_a_resource_inherits_the_strictest_through_essential_needs() -> None:
    dmia, pdma = inherited_dmia(SMALL), inherited_pdma(SMALL)
    assert dmia[21] == Inherited(60, by=1, via=11)
    assert path_to(dmia, 21) == [1, 11, 21]
    assert dmia[12] == Inherited(4320, by=2, via=2)  # what is only useful to emergencies asks nothing of it
    assert pdma[21] == Inherited(5, by=2, via=12)
    assert dmia[1] == Inherited(60, by=1, via=1)
    assert 31 not in dmia
    assert 3 not in dmia  # nobody said


def test_what_stands_in_is_said() -> None:
    dmia = inherited_dmia(SMALL)
    assert dmia[23] == Inherited(60, by=1, via=11, spare=True)
    assert dmia[22] == Inherited(60, by=1, via=11, spare=True)  # firm for pay, but emergencies ask more


@given(graphs())
def test_inheritance_is_the_minimum_over_what_is_supported(graph: Graph) -> None:
    supported = {node.id: {node.id} for node in graph.nodes}
    for _ in graph.nodes:
        for edge in graph.edges:
            essential = any(
                need.essential and graph.position[edge.needed] in need.members
                for need in needs_of(graph)
                if need.dependent == graph.position[edge.dependent]
            )
            if essential:
                supported[edge.needed] |= supported[edge.dependent]
    found = inherited_dmia(graph)
    for node in graph.nodes:
        asked = [dmia for one in supported[node.id] if (dmia := graph.node(one).dmia) is not None]
        assert (found[node.id].minutes if node.id in found else None) == min(asked, default=None)
        if node.id in found:
            path = path_to(found, node.id)
            assert path[0] == found[node.id].by
            assert graph.node(path[0]).dmia == found[node.id].minutes


@given(graphs())
def test_single_points_are_those_whose_loss_alone_stops_something_grave(graph: Graph) -> None:
    expected = {}
    for node in graph.nodes:
        fallen = what_if(graph, [node.id]).fallen
        stopped = {one for one in fallen if one != node.id and graph.node(one).critical}
        if stopped:
            expected[node.id] = stopped
    found = single_points(graph)
    assert {one.node.id: {stopped.id for stopped in one.stops} for one in found} == expected
    assert [one.vital for one in found] == sorted((one.vital for one in found), reverse=True)


def test_single_points_of_the_small_hospital() -> None:
    points = {one.node.name: [stopped.name for stopped in one.stops] for one in single_points(SMALL)}
    assert points == {"DPI": ["Urgences"], "Annuaire": ["Urgences"]}  # of the two links, neither alone


def test_loops_and_orphans_are_named() -> None:
    graph = Graph.of(
        [resource(1, "A"), resource(2, "B"), resource(3, "C"), resource(4, "D"), activity(5, "E")],
        [Edge(1, 2), Edge(2, 1), Edge(2, 3), Edge(3, 1), Edge(4, 4), Edge(1, 4, essential=False), Edge(4, 1)],
    )
    named = [([node.name for node in one.nodes], [node.name for node in one.witness]) for one in loops(graph)]
    assert named == [(["A", "B", "C"], ["A", "B"]), (["D"], ["D"])]
    assert [node.name for node in orphans(graph).needless] == ["E"]
    assert [node.name for node in orphans(SMALL).unused] == ["Vieux fax"]
    assert [node.name for node in orphans(SMALL).needless] == ["Accueil"]


def test_ties_of_nodes_that_are_not_there_are_dropped() -> None:
    graph = Graph.of([resource(1, "A")], [Edge(1, 2), Edge(2, 1)])
    assert graph.edges == ()
