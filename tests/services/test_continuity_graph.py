"""The dependency graph read from the database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from care.domain.access import Level, Role
from care.domain.actions import CareCriticality
from care.domain.continuity import ActivityKind, ResourceKind, SheetState, Strength
from care.domain.graph import Edge, Fallback
from care.services.action_query import today
from care.services.continuity_graph import graph_of
from care.services.errors import NotFound
from care.services.platform import Platform
from tests.support.continuity import end_node, plant_activity, plant_degraded_mode, plant_need, plant_resource
from tests.support.people import MACHINE, Hospitals, person
from tests.support.queries import counted

VITAL = CareCriticality.VITAL


@pytest.mark.both_databases
def test_the_graph_holds_what_is_in_use_with_its_objectives(platform: Platform, hospitals: Hospitals) -> None:
    here = hospitals.valley
    care = plant_activity(platform, here, "Urgences", 60, VITAL, pdma_minutes=15, owner="Mme Roux")
    pay = plant_activity(platform, here, "Paie", kind=ActivityKind.ADMINISTRATIVE)
    record = plant_resource(platform, here, "DPI", rto_minutes=240, restart_minutes=90, backup_every_minutes=1440)
    network = plant_resource(platform, here, "Réseau", ResourceKind.INFRASTRUCTURE)
    plant_need(platform, here, care, record, 30)
    plant_need(platform, here, care, network, 0, Strength.USEFUL, "liens")
    sheet = plant_degraded_mode(platform, care, "Urgences sur papier", 480, (record,))
    plant_degraded_mode(platform, care, "Brouillon", 9999, state=SheetState.DRAFT)
    plant_degraded_mode(platform, pay, "Paie du mois dernier")
    plant_activity(platform, hospitals.hill, "Ailleurs", 60)
    graph = graph_of(platform, MACHINE, here)
    assert [node.name for node in graph.nodes] == ["Urgences", "Paie", "DPI", "Réseau"]
    first, second, third, _fourth = graph.nodes
    assert (first.kind, first.criticality, first.dmia, first.pdma, first.owner) == (
        ActivityKind.CARE, VITAL, 60, 15, "Mme Roux",
    )  # fmt: skip
    assert (second.kind, second.dmia) == (ActivityKind.ADMINISTRATIVE, None)
    assert (third.kind, third.rto, third.restart, third.backup_every, third.dmia) == (
        ResourceKind.APPLICATION, 240, 90, 1440, None,
    )  # fmt: skip
    assert graph.edges == (Edge(care, record, True, 30), Edge(care, network, False, 0, "liens"))
    assert first.fallbacks == (Fallback(sheet, "Urgences sur papier", 480, frozenset({record})),)
    assert [one.title for one in second.fallbacks] == ["Paie du mois dernier"]
    assert graph.node(record) is third


@pytest.mark.both_databases
def test_what_has_ended_leaves_the_graph_with_its_ties(platform: Platform, hospitals: Hospitals) -> None:
    here, day = hospitals.valley, today(platform)
    care = plant_activity(platform, here, "Urgences", 60)
    old, leaving = plant_resource(platform, here, "Ancien DPI"), plant_resource(platform, here, "Serveur en fin de vie")
    plant_need(platform, here, care, old)
    plant_need(platform, here, care, leaving)
    end_node(platform, old, day)
    end_node(platform, leaving, day + timedelta(days=1))
    graph = graph_of(platform, MACHINE, here)
    assert [node.id for node in graph.nodes] == [care, leaving]
    assert [edge.needed for edge in graph.edges] == [leaving]


def test_few_statements_whatever_the_size(platform: Platform, hospitals: Hospitals) -> None:
    care = plant_activity(platform, hospitals.valley, "Urgences", 60)
    for number in range(30):
        node = plant_resource(platform, hospitals.valley, f"Serveur {number}")
        plant_need(platform, hospitals.valley, care, node)
        plant_degraded_mode(platform, care, f"Sans le serveur {number}", 60, (node,))
    with counted(platform.database) as statements:
        graph_of(platform, MACHINE, hospitals.valley)
    assert len(statements) <= 8


def test_who_may_read_it(platform: Platform, hospitals: Hospitals) -> None:
    here = hospitals.valley
    assert graph_of(platform, person(Role.VISITOR, Level.ESTABLISHMENT, here), here).nodes == ()
    with pytest.raises(NotFound):
        graph_of(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), here)
