"""Dependencies: what may rely on what, cycles named at entry, two people editing one, other hospitals out of reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.domain.access import Level, Role
from care.domain.actions import CareCriticality
from care.domain.continuity import ActivityKind, Nature, ResourceKind, Strength
from care.domain.durations import LONGEST
from care.domain.ways import shortest_way
from care.services.activities import ActivityDraft, create_activity
from care.services.dependencies import (
    DependencyDraft,
    add_dependency,
    change_dependency,
    open_dependency,
    possible_ends,
    remove_dependency,
)
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.node_ending import end_node, reopen_node
from care.services.node_pages import surroundings
from care.services.platform import Platform
from care.services.resources import ResourceDraft, create_resource
from tests.support.people import MACHINE, Hospitals, person

both = pytest.mark.both_databases


def activity(platform: Platform, establishment: int, name: str) -> int:
    draft = ActivityDraft(name, ActivityKind.CARE, CareCriticality.MAJOR)
    return create_activity(platform, MACHINE, establishment, draft)


def resource(platform: Platform, establishment: int, name: str) -> int:
    return create_resource(platform, MACHINE, establishment, ResourceDraft(name, ResourceKind.APPLICATION))


@both
def test_a_dependency_is_added_changed_and_removed(platform: Platform, hospitals: Hospitals) -> None:
    ward, record = activity(platform, hospitals.valley, "Urgences"), resource(platform, hospitals.valley, "DPI")
    draft = DependencyDraft(ward, record, holds_minutes=150, alternative=" dossier ", note="Prescriptions")
    number = add_dependency(platform, MACHINE, hospitals.valley, draft).id
    known = open_dependency(platform, MACHINE, number)
    assert (known.dependent.name, known.needed.name, known.holds) == ("Urgences", "DPI", "2 h 30")
    assert known.alternative == "dossier"
    assert [line.node.name for line in surroundings(platform, MACHINE, ward).needs] == ["DPI"]
    assert [line.node.name for line in surroundings(platform, MACHINE, record).needed_by] == ["Urgences"]
    other = replace(MACHINE, actor="léa")
    change_dependency(platform, other, number, replace(draft, holds_minutes=60), known.seen)
    with pytest.raises(Refused) as refusal:
        change_dependency(platform, MACHINE, number, replace(draft, strength=Strength.USEFUL), known.seen)
    assert "léa a modifié cette dépendance" in refusal.value.text.fr
    assert "elle tient maintenant 1 h" in refusal.value.text.fr
    fresh = open_dependency(platform, MACHINE, number)
    change_dependency(platform, MACHINE, number, replace(draft, strength=Strength.USEFUL), fresh.seen)
    assert open_dependency(platform, MACHINE, number).strength is Strength.USEFUL
    assert remove_dependency(platform, MACHINE, number).needed.name == "DPI"
    with pytest.raises(NotFound):
        open_dependency(platform, MACHINE, number)
    add_dependency(platform, MACHINE, hospitals.valley, draft)


def test_what_makes_no_sense_is_refused_with_its_reason(platform: Platform, hospitals: Hospitals) -> None:
    ward, record = activity(platform, hospitals.valley, "Urgences"), resource(platform, hospitals.valley, "DPI")
    add_dependency(platform, MACHINE, hospitals.valley, DependencyDraft(ward, record))
    for draft, field, said in (
        (DependencyDraft(ward, ward), "needed_id", "cannot rely on itself"),
        (DependencyDraft(record, ward), "needed_id", "does not rely on an activity"),
        (DependencyDraft(ward, record), "needed_id", "already relies on “DPI”"),
        (DependencyDraft(ward, record, holds_minutes=LONGEST + 1), "holds_minutes", "more than a year"),
        (DependencyDraft(ward, record, holds_minutes=-1), "holds_minutes", "more than a year"),
        (DependencyDraft(ward, record, alternative="x" * 61), "alternative", "60"),
        (DependencyDraft(ward, record, note="a\nb"), "note", "invisible"),
    ):
        with pytest.raises(Invalid) as refusal:
            add_dependency(platform, MACHINE, hospitals.valley, draft)
        assert said in refusal.value.fields[field].en


def test_both_ends_lie_in_the_same_establishment(platform: Platform, hospitals: Hospitals) -> None:
    here, there = activity(platform, hospitals.valley, "Urgences"), resource(platform, hospitals.hill, "DPI")
    ciso = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    for place, draft in (
        (hospitals.valley, DependencyDraft(here, there)),
        (hospitals.hill, DependencyDraft(here, there)),
        (hospitals.valley, DependencyDraft(here, 999_999)),
    ):
        with pytest.raises(NotFound):
            add_dependency(platform, MACHINE, place, draft)
    with pytest.raises(NotFound):
        add_dependency(platform, ciso, hospitals.hill, DependencyDraft(here, there))
    with pytest.raises(NotFound):
        possible_ends(platform, MACHINE, hospitals.valley, there, needs=True)


def test_a_stranger_and_a_reader(platform: Platform, hospitals: Hospitals) -> None:
    ward, record = activity(platform, hospitals.valley, "Urgences"), resource(platform, hospitals.valley, "DPI")
    draft = DependencyDraft(ward, record)
    number = add_dependency(platform, MACHINE, hospitals.valley, draft).id
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    nurse = person(Role.ACTIVITY_OWNER, Level.ESTABLISHMENT, hospitals.valley)
    seen = open_dependency(platform, nurse, number).seen
    for who, error in ((stranger, NotFound), (nurse, Forbidden)):
        for refused in (
            lambda who=who: add_dependency(platform, who, hospitals.valley, draft),
            lambda who=who: change_dependency(platform, who, number, draft, seen),
            lambda who=who: remove_dependency(platform, who, number),
            lambda who=who: possible_ends(platform, who, hospitals.valley, ward, needs=True),
        ):
            with pytest.raises(error):
                refused()


@both
def test_a_cycle_is_kept_and_named(platform: Platform, hospitals: Hospitals) -> None:
    names = ("Bloc", "Stérilisation", "Logistique")
    nodes = [activity(platform, hospitals.valley, name) for name in names]
    ties = [
        DependencyDraft(nodes[0], nodes[1]),
        DependencyDraft(nodes[1], nodes[2]),
        DependencyDraft(nodes[2], nodes[0]),
    ]
    cycles = [add_dependency(platform, MACHINE, hospitals.valley, tie).cycle for tie in ties]
    assert cycles == [(), (), ("Logistique", "Bloc", "Stérilisation", "Logistique")]
    end_node(platform, MACHINE, Nature.ACTIVITY, nodes[1], date(2026, 1, 1), 1)
    fourth = activity(platform, hospitals.valley, "Pharmacie")
    add_dependency(platform, MACHINE, hospitals.valley, DependencyDraft(nodes[0], fourth))
    assert add_dependency(platform, MACHINE, hospitals.valley, DependencyDraft(fourth, nodes[2])).cycle == (
        "Pharmacie",
        "Logistique",
        "Bloc",
        "Pharmacie",
    )  # not through what has ended


@both
def test_what_ended_takes_no_dependency_and_comes_back_with_its_own(platform: Platform, hospitals: Hospitals) -> None:
    ward, record = activity(platform, hospitals.valley, "Urgences"), resource(platform, hospitals.valley, "DPI")
    network = resource(platform, hospitals.valley, "Réseau")
    add_dependency(platform, MACHINE, hospitals.valley, DependencyDraft(ward, record))
    end_node(platform, MACHINE, Nature.RESOURCE, record, date(2026, 1, 15), 1)
    with pytest.raises(Invalid) as refusal:
        add_dependency(platform, MACHINE, hospitals.valley, DependencyDraft(record, network))
    assert "a pris fin le 15/01/2026" in refusal.value.fields["dependent_id"].fr
    with pytest.raises(NotFound):
        possible_ends(platform, MACHINE, hospitals.valley, record, needs=True)
    shown = surroundings(platform, MACHINE, ward).needs
    assert [line.node.ended_on for line in shown] == [date(2026, 1, 15)]
    reopen_node(platform, MACHINE, Nature.RESOURCE, record, 2)
    assert surroundings(platform, MACHINE, ward).needs[0].node.ended_on is None


def test_only_possible_ends_are_offered(platform: Platform, hospitals: Hospitals) -> None:
    ward, record = activity(platform, hospitals.valley, "Urgences"), resource(platform, hospitals.valley, "DPI")
    activity(platform, hospitals.valley, "Bloc")
    resource(platform, hospitals.valley, "Réseau")
    add_dependency(platform, MACHINE, hospitals.valley, DependencyDraft(ward, record, alternative="dossier"))

    def offered(node: int, *, needs: bool) -> list[str]:
        found = possible_ends(platform, MACHINE, hospitals.valley, node, needs=needs)
        return [one.name for one in found.others]

    assert offered(ward, needs=True) == ["Bloc", "Réseau"]
    assert offered(ward, needs=False) == ["Bloc"]
    assert offered(record, needs=True) == ["Réseau"]
    assert offered(record, needs=False) == ["Bloc", "Réseau"]
    assert possible_ends(platform, MACHINE, hospitals.valley, ward, needs=True).alternatives == ("dossier",)


GRAPHS = st.dictionaries(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=4), max_size=10)


@given(GRAPHS, st.integers(0, 9), st.integers(0, 9))
def test_a_way_is_found_when_there_is_one_and_is_shortest(needs: dict[int, list[int]], start: int, goal: int) -> None:
    reached, steps = {start}, 0
    while goal not in reached and steps < 10:
        reached |= {there for here in reached for there in needs.get(here, ())}
        steps += 1
    way = shortest_way(needs, start, goal)
    if goal not in reached:
        assert way == ()
        return
    assert len(way) == steps + 1
    assert (way[0], way[-1]) == (start, goal)
    assert all(there in needs[here] for here, there in pairwise(way))
