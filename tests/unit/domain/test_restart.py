"""The order of restart: needs first, then the most urgent, loops opened and said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from care.domain.graph import Edge, Graph
from care.domain.inheritance import inherited_dmia
from care.domain.restart import restart_order
from tests.unit.domain.graphs import INFRASTRUCTURE, MAJOR, VITAL, activity, graphs, resource, subsets
from tests.unit.domain.naive_outage import needs_of

HOSPITAL = Graph.of(
    [
        activity(1, "Urgences", 60, VITAL),
        activity(2, "Paie", 4320, MAJOR),
        resource(11, "DPI", restart=60),
        resource(12, "Logiciel de paie", restart=10),
        resource(21, "Annuaire", INFRASTRUCTURE, 120),
        resource(22, "Serveurs", INFRASTRUCTURE, 45),
        resource(23, "Fibre", INFRASTRUCTURE, 15),
        resource(24, "Lien radio", INFRASTRUCTURE),
    ],
    [
        Edge(1, 11),
        Edge(2, 12),
        Edge(11, 21),
        Edge(12, 21),
        Edge(21, 22),
        Edge(11, 23, alternative="liens"),
        Edge(11, 24, alternative="liens"),
    ],
)


def test_needs_come_first_and_the_most_urgent_of_what_may_start() -> None:
    order = restart_order(HOSPITAL, [node.id for node in HOSPITAL.nodes])
    # Servers serve emergencies (60), so do the two links; then the directory; the record before the pay system.
    assert [step.node.id for step in order.steps] == [22, 21, 23, 11, 1, 24, 12, 2]
    steps = {step.node.id: step for step in order.steps}
    # Servers 45, directory 45 + 120, record + 60: emergencies work after 225 minutes. The fibre is long up by then.
    assert [steps[one].ready for one in (22, 21, 23, 11, 1)] == [45, 165, 15, 225, 225]
    # The record waits for one link, the first restarted; not for both.
    assert steps[11].after == (21, 23)
    assert (order.critical, order.minutes, order.untimed) == ((22, 21, 11, 1), 225, 1)
    assert order.ignored == ()


def test_a_loop_is_opened_at_the_tie_that_holds_longest() -> None:
    graph = Graph.of(
        [
            resource(1, "Annuaire", INFRASTRUCTURE),
            resource(2, "DNS", INFRASTRUCTURE),
            resource(3, "Horloge", INFRASTRUCTURE),
        ],
        [Edge(1, 2), Edge(2, 3), Edge(3, 1, holds=1440)],
    )
    order = restart_order(graph, [1, 2, 3])
    # The clock holds a day without the directory: it starts first, without it.
    assert [step.node.name for step in order.steps] == ["Horloge", "DNS", "Annuaire"]
    (tie,) = order.ignored
    assert (tie.dependent, tie.needed, tie.holds, tie.loop) == (3, 1, 1440, (1, 2, 3))


def test_where_nothing_holds_infrastructure_starts_first() -> None:
    graph = Graph.of([resource(1, "DPI"), resource(2, "Baie", INFRASTRUCTURE)], [Edge(1, 2), Edge(2, 1)])
    assert [step.node.name for step in restart_order(graph, [1, 2]).steps] == ["Baie", "DPI"]


def test_a_node_that_needs_itself_is_said_and_started() -> None:
    graph = Graph.of([resource(1, "DNS")], [Edge(1, 1)])
    order = restart_order(graph, [1])
    assert [step.node.name for step in order.steps] == ["DNS"]
    assert [(tie.dependent, tie.needed, tie.loop) for tie in order.ignored] == [(1, 1, (1,))]


def test_nothing_fallen_nothing_to_restart() -> None:
    order = restart_order(HOSPITAL, [])
    assert (order.steps, order.critical, order.minutes) == ((), (), 0)


@given(st.data(), graphs())
def test_order_is_whole_respects_needs_and_takes_the_most_urgent(data: st.DataObject, graph: Graph) -> None:
    fallen, ignored = data.draw(subsets(graph)), graph.loops.ignored
    order = restart_order(graph, fallen)
    assert sorted(step.node.id for step in order.steps) == sorted(fallen)
    urgencies = inherited_dmia(graph)
    started: dict[int, int] = {}

    def may_start(number: int) -> bool:
        place = graph.position[number]
        for need in needs_of(graph):
            if need.dependent != place or not need.essential:
                continue
            members = [graph.nodes[one].id for one in need.members]
            awaited = all(one in fallen for one in members) and all((place, one) not in ignored for one in need.members)
            if awaited and not any(one in started for one in members):
                return False
        return True

    def urgency(number: int) -> float:
        return urgencies[number].minutes if number in urgencies else float("inf")

    for step in order.steps:
        free = [number for number in fallen if number not in started and may_start(number)]
        assert step.node.id in free
        assert urgency(step.node.id) == min(map(urgency, free))
        after = max((started[one] for one in step.after), default=0)
        assert step.ready == after + (step.node.restart or 0)
        started[step.node.id] = step.ready
    assert order.minutes == max(started.values(), default=0)
    assert sum(graph.node(one).restart or 0 for one in order.critical) == order.minutes
    for tie in order.ignored:
        assert tie.loop[0] == tie.needed
        assert tie.loop[-1] == tie.dependent
        ties = {(edge.dependent, edge.needed) for edge in graph.edges}
        assert all(pair in ties for pair in zip(tie.loop, tie.loop[1:] + tie.loop[:1], strict=True))
