"""The graph a process remembers is the one in the database: what services write makes it read again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from care.domain.actions import CareCriticality
from care.domain.bia import Objective
from care.domain.continuity import ActivityKind, Nature, ResourceKind, SheetState, Strength
from care.domain.graph import Graph
from care.services import bias, degraded_modes
from care.services.action_query import today
from care.services.activities import ActivityDraft, change_activity, create_activity, open_activity
from care.services.continuity_graph import graph_of, load_graph
from care.services.continuity_sample import load_sample
from care.services.dependencies import (
    DependencyDraft,
    add_dependency,
    change_dependency,
    open_dependency,
    remove_dependency,
)
from care.services.node_ending import end_node, reopen_node
from care.services.platform import Platform
from care.services.resources import ResourceDraft, change_resource, create_resource
from care.store.continuity import Bia, DegradedMode
from tests.support.clock import FixedClock
from tests.support.people import MACHINE, Hospitals


@pytest.fixture
def place(hospitals: Hospitals) -> int:
    return hospitals.valley


@pytest.fixture
def remembered(platform: Platform, place: int) -> Callable[[], Graph]:
    """The graph that pages see, once it was compared with the database."""

    def look() -> Graph:
        graph = graph_of(platform, MACHINE, place)
        with platform.database.read() as session:
            read = load_graph(session, place, today(platform))
        assert (graph.nodes, graph.rows) == (read.nodes, read.rows)
        return graph

    return look


@pytest.mark.both_databases
def test_every_write_of_a_service_is_seen_at_once(
    platform: Platform, place: int, remembered: Callable[[], Graph]
) -> None:
    seen = [remembered()]

    def changed() -> None:
        seen.append(remembered())
        assert (seen[-1].nodes, seen[-1].rows) != (seen[-2].nodes, seen[-2].rows)

    draft = ActivityDraft("Urgences", ActivityKind.CARE, CareCriticality.VITAL)
    activity = create_activity(platform, MACHINE, place, draft)
    changed()
    change_activity(platform, MACHINE, activity, ActivityDraft("SAU", ActivityKind.CARE, CareCriticality.MAJOR), 1)
    changed()
    resource = create_resource(platform, MACHINE, place, ResourceDraft("DPI", ResourceKind.APPLICATION))
    changed()
    change_resource(platform, MACHINE, resource, ResourceDraft("Dossier", ResourceKind.APPLICATION), 1)
    changed()
    tie = add_dependency(platform, MACHINE, place, DependencyDraft(activity, resource)).id
    changed()
    shown = open_dependency(platform, MACHINE, tie).seen
    useful = DependencyDraft(activity, resource, Strength.USEFUL, 30)
    change_dependency(platform, MACHINE, tie, useful, shown)
    changed()
    remove_dependency(platform, MACHINE, tie)
    changed()
    end_node(platform, MACHINE, Nature.RESOURCE, resource, today(platform), 2)
    changed()
    reopen_node(platform, MACHINE, Nature.RESOURCE, resource, 3)
    changed()
    assert open_activity(platform, MACHINE, activity).name == "SAU"


@pytest.mark.both_databases
def test_what_comes_into_force_and_what_ends_is_seen_at_once(
    platform: Platform, place: int, remembered: Callable[[], Graph]
) -> None:
    before = remembered()
    load_sample(platform, MACHINE, place)
    loaded = remembered()
    assert len(loaded.nodes) > len(before.nodes)
    with platform.database.read() as session:
        mode = session.scalars(select(DegradedMode).where(DegradedMode.state == SheetState.CURRENT).limit(1)).one()
        current = session.scalars(select(Bia).where(Bia.state == SheetState.CURRENT).limit(1)).one()
    degraded_modes.withdraw_sheet(platform, MACHINE, mode.id, mode.version)
    without = remembered()
    assert without.nodes != loaded.nodes
    draft = bias.start_bia(platform, MACHINE, current.activity_id, bias.Source.LAST)
    assert remembered().nodes == without.nodes
    bias.save_bia(platform, MACHINE, draft, bias.About("Aline Roux", answered_on=today(platform)), 1)
    bias.save_bia(platform, MACHINE, draft, bias.Times(dict.fromkeys(Objective, "45 min")), 2)
    with platform.database.read() as session:
        version = session.get_one(Bia, draft).version
    bias.put_into_force(platform, MACHINE, draft, version)
    assert remembered().node(current.activity_id).dmia == 45


def test_nothing_is_read_again_while_nothing_is_written(
    platform: Platform, place: int, clock: FixedClock, hospitals: Hospitals
) -> None:
    create_resource(platform, MACHINE, place, ResourceDraft("DPI", ResourceKind.APPLICATION))
    first = graph_of(platform, MACHINE, place)
    assert graph_of(platform, MACHINE, place) is first
    assert graph_of(platform, MACHINE, hospitals.hill).nodes == ()
    assert graph_of(platform, MACHINE, place) is first
    clock.forward(days=1)
    assert graph_of(platform, MACHINE, place) is not first


def test_a_node_that_ends_tomorrow_leaves_tomorrow(platform: Platform, place: int, clock: FixedClock) -> None:
    resource = create_resource(platform, MACHINE, place, ResourceDraft("DPI", ResourceKind.APPLICATION))
    clock.forward(days=1)
    end_node(platform, MACHINE, Nature.RESOURCE, resource, today(platform), 1)
    assert graph_of(platform, MACHINE, place).nodes == ()
    clock.time -= timedelta(days=1)
    assert len(graph_of(platform, MACHINE, place).nodes) == 1
