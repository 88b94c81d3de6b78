"""What a dashboard says first: goals, what moved in a year, what waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from care.domain.access import PLATFORM, Grant, Level, Place, Role, Scope
from care.domain.alerts import AlertAnswer, Exposure
from care.services.alerts.writing import AlertDraft, TypedCriterion, publish
from care.services.indicators.dashboards import read_dashboard
from care.services.indicators.glance import Glance, Waiting, glance_of, read_waiting
from care.services.library import today
from care.services.platform import Platform
from care.services.support.editing import FileDraft, save_file
from care.store.alerts import AlertPlace
from scanners.model import Severity
from tests.support.indicators import plant_installation
from tests.support.people import MACHINE
from tests.web.region import PlantedRegion, plant_region


@pytest.fixture
def region(platform: Platform) -> PlantedRegion:
    return plant_region(platform)


def place(region: PlantedRegion) -> Place:
    return Place(Level.REGION, region.region)


def glance(platform: Platform, region: PlantedRegion) -> Glance:
    return glance_of(read_dashboard(platform, MACHINE, place(region)))


def test_goals_not_reached_are_named_and_the_others_counted(platform: Platform, region: PlantedRegion) -> None:
    found = glance(platform, region)
    assert [one.code for one in found.below] == ["EXO-TX"]
    assert (found.goals, found.reached) == (2, 1)
    assert (found.answered, found.asked) == (10, 12)
    assert found.unsure == 0


def test_what_moved_in_a_year_says_which_way_is_better(platform: Platform, region: PlantedRegion) -> None:
    found = glance(platform, region)
    better = {one.code: one.change or 0 for one in found.better}
    assert better["EXO-TX"] > 0, "more establishments played"
    assert better["PDT-OBS"] < 0, "fewer workstations are obsolete"
    assert "EXO-OSE" not in better, "three establishments are too few to conclude from"
    sizes = [abs(one) for one in better.values()]
    assert sizes == sorted(sizes, reverse=True)
    assert [one.code for one in found.worse] == ["TLM-MFA"], "who left took second factors away"


def test_what_waits_is_counted_inside_the_place_only(platform: Platform, region: PlantedRegion) -> None:
    day = today(platform)
    assert read_waiting(platform, MACHINE, place(region)) == Waiting(0, 0, 0)
    save_file(platform, MACHINE, region.sites[0], FileDraft("Maya", "Relire le plan", day - timedelta(days=1)), 0)
    save_file(platform, MACHINE, region.sites[1], FileDraft("Maya", "Relire le plan", day), 0)
    criteria = (TypedCriterion("fortinet:fortios"),)
    number = publish(platform, MACHINE, place(region), AlertDraft("Passerelles", Severity.CRITICAL, criteria))
    with platform.database.write() as session:
        plant_installation(session, "late", place(region).key, [])
        for site, answer in zip(region.sites, (AlertAnswer.WORKING, AlertAnswer.TREATED), strict=False):
            row = session.get_one(AlertPlace, (number, site))
            row.exposure, row.answer = Exposure.EXPOSED, answer
    assert read_waiting(platform, MACHINE, place(region)) == Waiting(exposed=1, overdue=1, late=1)
    assert read_waiting(platform, MACHINE, PLATFORM) == Waiting(exposed=1, overdue=1, late=1)
    assert read_waiting(platform, MACHINE, Place(Level.GHT, region.ghts[1])) == Waiting(0, 0, 0)


def test_who_does_not_manage_the_place_is_told_nothing(platform: Platform, region: PlantedRegion) -> None:
    elsewhere = Scope("other", "fr", frozenset({Grant(Role.REGIONAL, Place(Level.GHT, region.ghts[0]))}))
    assert read_waiting(platform, elsewhere, place(region)) is None
    assert read_waiting(platform, elsewhere, Place(Level.GHT, region.ghts[0])) == Waiting(0, 0, 0)
