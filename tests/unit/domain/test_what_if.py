"""What if this falls: a night checked by hand, and random graphs against a simulation minute by minute."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from care.domain.durations import DAY, HOUR
from care.domain.graph import Edge, Fallback, Graph
from care.domain.what_if import Course, Happening, by_hour, what_if
from tests.unit.domain.graphs import (
    APPLICATION,
    INFRASTRUCTURE,
    MINOR,
    PEOPLE,
    VITAL,
    activity,
    graphs,
    resource,
    subsets,
)
from tests.unit.domain.naive_outage import Naive

EMERGENCY, THEATRE, LAB, PAY = 1, 2, 3, 4
RECORD, LAB_SYSTEM, PAY_SYSTEM = 11, 12, 13
DIRECTORY, SERVERS, FIBRE, RADIO = 21, 22, 23, 24

NIGHT = Graph.of(
    [
        activity(EMERGENCY, "Urgences", HOUR, VITAL, Fallback(1, "Urgences sur papier", 4 * HOUR)),
        activity(THEATRE, "Bloc", 2 * HOUR, VITAL),
        activity(LAB, "Laboratoire", 2 * HOUR, VITAL, Fallback(2, "Laboratoire isolé", None, frozenset({LAB_SYSTEM}))),
        activity(PAY, "Paie", 3 * DAY, MINOR),
        resource(RECORD, "DPI", restart=60),
        resource(LAB_SYSTEM, "SGL", restart=30),
        resource(PAY_SYSTEM, "Logiciel de paie"),
        resource(DIRECTORY, "Annuaire", INFRASTRUCTURE, 120),
        resource(SERVERS, "Serveurs", INFRASTRUCTURE, 45),
        resource(FIBRE, "Fibre", INFRASTRUCTURE),
        resource(RADIO, "Lien radio", INFRASTRUCTURE),
    ],
    [
        Edge(EMERGENCY, RECORD),
        Edge(EMERGENCY, LAB, holds=2 * HOUR),
        Edge(THEATRE, RECORD, holds=HOUR),
        Edge(LAB, LAB_SYSTEM),
        Edge(PAY, PAY_SYSTEM, holds=DAY),
        Edge(RECORD, DIRECTORY, holds=30),
        Edge(LAB_SYSTEM, DIRECTORY),
        Edge(PAY_SYSTEM, DIRECTORY),
        Edge(DIRECTORY, SERVERS),
        Edge(RECORD, FIBRE, alternative="liens"),
        Edge(RECORD, RADIO, holds=10, alternative="liens"),
        Edge(THEATRE, LAB_SYSTEM, essential=False, holds=15),
    ],
)


def test_a_night_without_the_directory_by_hand() -> None:
    """The directory falls for ever, at minute 0."""
    course = what_if(NIGHT, [DIRECTORY])
    effects = course.effects
    # The laboratory system holds 0 without the directory; the pay system too; the record holds 30 minutes.
    assert (effects[LAB_SYSTEM].stops, effects[PAY_SYSTEM].stops, effects[RECORD].stops) == (0, 0, 30)
    # The laboratory holds 0 without its system. Its mode covers that, but nobody measured it: it counts for nothing.
    lab = effects[LAB]
    assert (lab.hit, lab.stops, lab.past_dmia) == (0, 0, 120)
    assert [mode.title for mode in lab.modes] == ["Laboratoire isolé"]
    # The theatre holds 1 h without the record, gone at 30: it stops at 90, and passes its DMIA of 2 h at 210.
    assert (effects[THEATRE].stops, effects[THEATRE].past_dmia, effects[THEATRE].modes) == (90, 210, ())
    # It is hampered by the laboratory system before that: 15 minutes after minute 0.
    assert (effects[THEATRE].hampered, effects[THEATRE].hampered_by) == (15, (LAB_SYSTEM,))
    # Emergencies hold 0 without the record: on paper from 30, which makes up for it until 30 + 4 h = 270. But their
    # laboratory stopped at 0 and they hold 2 h without it: paper makes up for nothing that is not digital, so 120.
    emergency = effects[EMERGENCY]
    assert (emergency.hit, emergency.by, emergency.mode_until, emergency.stops) == (30, (RECORD,), 120, 120)
    assert emergency.stopped_by == (LAB,)
    assert emergency.past_dmia == 180
    # Pay holds a day without its system and passes its DMIA three days later.
    assert (effects[PAY].stops, effects[PAY].past_dmia) == (DAY, 4 * DAY)
    # Nothing that lies under the directory is touched.
    assert effects.keys().isdisjoint({SERVERS, FIBRE, RADIO})
    assert [(one.minutes, one.what, one.node.name) for one in course.events if one.minutes <= 90] == [
        (0, Happening.LOST, "Annuaire"),
        (0, Happening.STOPPED, "Laboratoire"),
        (0, Happening.STOPPED, "SGL"),
        (0, Happening.STOPPED, "Logiciel de paie"),
        (15, Happening.HAMPERED, "Bloc"),
        (30, Happening.DEGRADED, "Urgences"),
        (30, Happening.STOPPED, "DPI"),
        (90, Happening.STOPPED, "Bloc"),
    ]


def test_the_same_night_hour_by_hour() -> None:
    table = [
        (hour.first // HOUR, hour.degraded, hour.stopped, hour.vital, hour.past_dmia, hour.resources)
        for hour in by_hour(what_if(NIGHT, [DIRECTORY]))
    ]
    assert table == [
        # hour, in degraded mode, stopped, of which vital, past their DMIA, resources down
        (0, 1, 1, 1, 0, 4),  # emergencies on paper; the laboratory; directory, two systems, the record
        (1, 1, 2, 2, 0, 4),  # the theatre
        (2, 0, 3, 3, 1, 4),  # emergencies stop; the laboratory passes its DMIA
        (3, 0, 3, 3, 3, 4),  # so do the others, at 180 and 210
        (24, 0, 4, 3, 3, 4),  # pay stops
        (96, 0, 4, 3, 4, 4),  # and passes its DMIA
    ]


def test_the_same_night_when_the_directory_is_back_after_an_hour() -> None:
    effects = what_if(NIGHT, [DIRECTORY], HOUR).effects
    # What was lost is back at 60. Systems restart then: 30 minutes for the laboratory's, 60 for the record, 0 for pay.
    back = {number: effects[number].back for number in (DIRECTORY, LAB_SYSTEM, RECORD, PAY_SYSTEM)}
    assert back == {DIRECTORY: 60, LAB_SYSTEM: 90, RECORD: 120, PAY_SYSTEM: 60}
    # The theatre holds until 90, when the record is not back yet: it stops 30 minutes, far from its DMIA.
    assert (effects[THEATRE].stops, effects[THEATRE].back, effects[THEATRE].past_dmia) == (90, 120, None)
    # The laboratory is back with its system. Emergencies, on paper from 30, are back to normal with the record, and
    # never stop: the laboratory was gone 90 minutes and they hold 120.
    assert (effects[LAB].stops, effects[LAB].back) == (0, 90)
    emergency = effects[EMERGENCY]
    assert (emergency.hit, emergency.mode_until, emergency.stops, emergency.back) == (30, 120, None, 120)
    # Pay never knew.
    assert PAY not in effects


@pytest.mark.parametrize(
    ("lost", "stops"),
    [
        ({FIBRE}, None),  # the radio link stands in
        ({RADIO}, None),
        ({FIBRE, RADIO}, 10),  # the record holds 10 minutes without the radio link: the later of the two counts
    ],
)
def test_alternatives_fall_when_all_are_lost(lost: set[int], stops: int | None) -> None:
    effect = what_if(NIGHT, lost).effects.get(RECORD)
    assert (effect.stops if effect else None) == stops


def test_what_is_back_in_time_stops_nothing() -> None:
    graph = Graph.of([activity(1, "A"), resource(2, "R")], [Edge(1, 2, holds=60)])
    assert 1 not in what_if(graph, [2], 60).effects
    assert what_if(graph, [2], 61).effects[1].stops == 60


def test_a_mode_that_covers_a_loss_makes_up_for_what_falls_with_it() -> None:
    sheet = Fallback(1, "Sans annuaire", 100, frozenset({3}))
    nodes = [activity(1, "A", None, VITAL, sheet), resource(2, "DPI"), resource(3, "Annuaire", INFRASTRUCTURE)]
    graph = Graph.of(nodes, [Edge(1, 2), Edge(2, 3)])
    assert what_if(graph, [3]).effects[1].stops == 100
    assert what_if(graph, [2]).effects[1].stops == 0  # the application itself is broken: the sheet is for another loss


@pytest.mark.parametrize(("kind", "stops"), [(APPLICATION, 100), (INFRASTRUCTURE, 100), (PEOPLE, 0)])
def test_a_mode_without_a_list_makes_up_for_digital_losses_only(kind: object, stops: int) -> None:
    sheet = Fallback(1, "Papier", 100)
    graph = Graph.of([activity(1, "A", None, VITAL, sheet), resource(2, "R", kind)], [Edge(1, 2)])  # type: ignore[arg-type]
    assert what_if(graph, [2]).effects[1].stops == stops


def test_the_longest_mode_is_counted_on() -> None:
    modes = (Fallback(1, "Court", 10), Fallback(2, "Jamais mesuré"), Fallback(3, "Long", 50))
    graph = Graph.of([activity(1, "A", None, VITAL, *modes), resource(2, "R")], [Edge(1, 2)])
    effect = what_if(graph, [2]).effects[1]
    assert ([mode.title for mode in effect.modes], effect.mode_until) == (["Long"], 50)


def test_a_loop_falls_whole_and_ends() -> None:
    graph = Graph.of(
        [resource(1, "DNS"), resource(2, "Annuaire"), resource(3, "Horloge")],
        [Edge(1, 2, holds=5), Edge(2, 1), Edge(2, 3)],
    )
    assert {number: one.stops for number, one in what_if(graph, [3]).effects.items()} == {3: 0, 2: 0, 1: 5}
    effects = what_if(graph, [3], 60).effects
    assert {number: one.back for number, one in effects.items()} == {3: 60, 2: 60, 1: 60}


def test_nothing_lost_and_nodes_unknown() -> None:
    assert what_if(NIGHT, []).events == ()
    with pytest.raises(KeyError):
        what_if(NIGHT, [99])


def naive(graph: Graph, lost: set[int], outage: int | None) -> Naive:
    found = Naive(graph, {graph.position[one] for one in lost}, outage)
    found.play()
    return found


@settings(max_examples=300)
@given(st.data(), graphs(), st.none() | st.integers(1, 12))
def test_as_minute_by_minute(data: st.DataObject, graph: Graph, outage: int | None) -> None:
    lost = data.draw(subsets(graph))
    course, expected = what_if(graph, lost, outage), naive(graph, lost, outage)
    place = graph.position

    def told(which: str) -> dict[int, int]:
        found = ((number, getattr(effect, which)) for number, effect in course.effects.items())
        return {place[number]: minutes for number, minutes in found if minutes is not None}

    assert told("stops") == expected.stops
    hits = {one: minutes for one, minutes in told("hit").items() if graph.nodes[one].is_activity}
    assert {one: hits[one] for one in hits if graph.nodes[one].id not in lost} == {
        one: minutes for one, minutes in expected.hit.items() if graph.nodes[one].is_activity
    }
    back = {one: minutes for one, minutes in told("back").items() if one in expected.stops}
    assert back == expected.back
    check_consistent(course)


def check_consistent(course: Course) -> None:
    assert list(course.events) == sorted(course.events, key=lambda event: event.minutes)
    for effect in course.effects.values():
        if effect.stops is not None and effect.hit is not None:
            assert effect.hit <= effect.stops
        if effect.past_dmia is not None:
            assert effect.node.dmia is not None
            assert effect.stops is not None
            assert effect.past_dmia == effect.stops + effect.node.dmia
        if course.outage is not None and effect.stops is not None:
            assert effect.back is not None
            assert effect.back >= effect.stops
    last = by_hour(course)[-1:]
    for hour in last:
        stopped = [one for one in course.activities if one.stops is not None and one.back is None]
        assert hour.stopped == len(stopped)


@given(st.data(), graphs())
def test_losing_more_never_helps(data: st.DataObject, graph: Graph) -> None:
    fewer, more = data.draw(subsets(graph)), data.draw(subsets(graph))
    few, many = what_if(graph, fewer).effects, what_if(graph, fewer | more).effects
    for number, effect in few.items():
        if effect.stops is not None:
            worse = many[number].stops
            assert worse is not None
            assert worse <= effect.stops
