"""Establishments that move, close or merge: history is kept, figures of the past stay, nothing is counted twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from care.domain.access import Level, Role, Scope
from care.domain.application_files import FileState
from care.services import registry
from care.services.errors import Forbidden, Invalid, NotFound, Refused, ServiceError
from care.services.establishment_moves import (
    Move,
    close_establishment,
    move_establishment,
    reopen_establishment,
)
from care.services.indicators.audiences import read_audiences
from care.services.platform import Platform
from care.services.profiles import ProfileDraft, open_profile, save_profile
from care.services.trail import verify
from care.store.indicators import EstablishmentProfile, FormerPlace, IndicatorFigure, IndicatorMark
from care.store.registry import Establishment
from tests.support.clock import FixedClock
from tests.support.measured import plant_file
from tests.support.people import Hospitals, person

both = pytest.mark.both_databases
TODAY = date(2026, 3, 2)
MONTHS = (202510, 202511, 202601, 202603)


@pytest.fixture
def figured(platform: Platform, hospitals: Hospitals) -> Hospitals:
    """The hospitals, with a figure for four months."""
    with platform.database.write() as session:
        for month in MONTHS:
            session.add(
                IndicatorFigure(
                    **dict.fromkeys(("asked", "answered", "measured", "other_version", "numerator", "denominator"), 0),
                    place="platform:0",
                    indicator="EXO-TX",
                    month=month,
                    version="1",
                    spread={},
                    hidden=True,
                    computed_at=platform.clock.now(),
                )
            )
    return hospitals


def former(platform: Platform, establishment: int) -> list[tuple[date, int, int | None, int, str]]:
    query = select(FormerPlace).where(FormerPlace.establishment_id == establishment).order_by(FormerPlace.until)
    with platform.database.read() as session:
        return [
            (one.until, one.region_id, one.ght_id, one.legal_entity_id, one.category) for one in session.scalars(query)
        ]


def marked(platform: Platform) -> list[int]:
    with platform.database.read() as session:
        return list(session.scalars(select(IndicatorMark.month).order_by(IndicatorMark.month)))


def away(places: Hospitals, since: date = date(2025, 11, 15)) -> Move:
    return Move(places.other_region, places.far_entity, "Clinique", since)


@both
def test_a_move_keeps_where_the_establishment_was(platform: Platform, machine: Scope, figured: Hospitals) -> None:
    move_establishment(platform, machine, figured.valley, away(figured), 0)
    assert former(platform, figured.valley) == [
        (date(2025, 11, 14), figured.region, figured.ght, figured.valley_entity, "")
    ]
    seen = open_profile(platform, machine, figured.valley)
    assert (seen.region_id, seen.ght, seen.category, seen.version) == (figured.other_region, "", "Clinique", 1)
    assert [(one.ght, one.region) for one in seen.former] == [("GHT des Deux Rives", "Auvergne-Rhône-Alpes")]
    assert marked(platform) == [202511, 202601, 202603]
    assert verify(platform).sound


@both
def test_a_second_move_of_the_day_keeps_the_place_before_the_first(
    platform: Platform, machine: Scope, figured: Hospitals
) -> None:
    move_establishment(platform, machine, figured.valley, away(figured, TODAY), 0)
    back = Move(figured.region, figured.hill_entity, "CH", TODAY)
    move_establishment(platform, machine, figured.valley, back, 1)
    assert [one[3] for one in former(platform, figured.valley)] == [figured.valley_entity]
    move_establishment(platform, machine, figured.valley, back, 2)  # nothing changes: nothing is written
    assert open_profile(platform, machine, figured.valley).version == 2


@both
def test_an_entity_that_changes_ght_takes_its_establishments_along(
    platform: Platform, machine: Scope, figured: Hospitals
) -> None:
    registry.join_ght(platform, machine, figured.hill_entity, None, since=date(2026, 1, 10))
    assert former(platform, figured.hill) == [(date(2026, 1, 9), figured.region, figured.ght, figured.hill_entity, "")]
    assert marked(platform) == [202601, 202603]
    registry.join_ght(platform, machine, figured.hill_entity, None)
    assert len(former(platform, figured.hill)) == 1
    assert former(platform, figured.valley) == []


@both
def test_history_is_told_in_its_order(platform: Platform, machine: Scope, figured: Hospitals) -> None:
    move_establishment(platform, machine, figured.valley, away(figured, date(2026, 1, 10)), 0)
    back = Move(figured.region, figured.valley_entity, "", date(2025, 12, 1))
    with pytest.raises(Invalid, match=r"10/01/2026|2026-01-10"):
        move_establishment(platform, machine, figured.valley, back, 1)
    with pytest.raises(Invalid):
        move_establishment(platform, machine, figured.valley, replace(back, since=date(2026, 3, 3)), 1)
    with pytest.raises(Invalid):
        registry.join_ght(platform, machine, figured.far_entity, figured.ght, since=date(2025, 12, 1))
    assert len(former(platform, figured.valley)) == 1


@both
def test_a_merged_establishment_is_closed_for_good(platform: Platform, machine: Scope, figured: Hospitals) -> None:
    close_establishment(platform, machine, figured.valley, date(2026, 1, 1), figured.hill, 0)
    seen = open_profile(platform, machine, figured.valley)
    assert (seen.closed_on, seen.successor, seen.ended_here) == (date(2026, 1, 1), "Hôpital de la Colline", True)
    assert marked(platform) == [202601, 202603]
    reopen_establishment(platform, machine, figured.valley, 1)
    seen = open_profile(platform, machine, figured.valley)
    assert (seen.closed_on, seen.successor, seen.ended_here, seen.version) == (None, "", False, 2)
    with pytest.raises(Refused):
        reopen_establishment(platform, machine, figured.valley, 2)


def test_a_successor_exists_is_another_and_is_followed(platform: Platform, machine: Scope, figured: Hospitals) -> None:
    close_establishment(platform, machine, figured.far, date(2026, 1, 1), None, 0)
    regional = person(Role.REGIONAL, Level.REGION, figured.region)
    for scope, successor in (
        (machine, figured.valley),
        (machine, figured.far),
        (machine, 999),
        (regional, figured.far),
    ):
        with pytest.raises(Invalid) as caught:
            close_establishment(platform, scope, figured.valley, date(2026, 2, 1), successor, 0)
        assert set(caught.value.fields) == {"successor_id"}
    with pytest.raises(Invalid) as caught:
        close_establishment(platform, machine, figured.valley, date(2026, 3, 3), None, 0)
    assert set(caught.value.fields) == {"on"}
    # one that closes later took it over all the same
    close_establishment(platform, machine, figured.valley, date(2025, 12, 1), figured.far, 0)


def actions(places: Hospitals) -> list[Callable[[Platform, Scope, int], None]]:
    return [
        lambda platform, scope, seen: move_establishment(platform, scope, places.valley, away(places), seen),
        lambda platform, scope, seen: close_establishment(platform, scope, places.valley, TODAY, None, seen),
        lambda platform, scope, seen: reopen_establishment(platform, scope, places.valley, seen),
        lambda platform, scope, seen: save_profile(platform, scope, places.valley, ProfileDraft(ose=True), seen),
    ]


def test_only_who_follows_the_place_changes_it(platform: Platform, figured: Hospitals) -> None:
    people: list[tuple[Scope, type[ServiceError]]] = [
        (person(Role.CISO, Level.ESTABLISHMENT, figured.valley), Forbidden),
        (person(Role.DIRECTION, Level.GHT, figured.ght), Forbidden),
        (person(Role.REGIONAL, Level.REGION, figured.other_region), NotFound),
        (person(Role.CISO, Level.ESTABLISHMENT, figured.far), NotFound),
    ]
    for act in actions(figured):
        for scope, answer in people:
            with pytest.raises(answer):
                act(platform, scope, 0)
    with pytest.raises(Invalid) as caught:  # the region that it would leave for has its own people
        move_establishment(
            platform, person(Role.REGIONAL, Level.REGION, figured.region), figured.valley, away(figured), 0
        )
    assert set(caught.value.fields) == {"region_id"}
    national = person(Role.REGIONAL)
    move_establishment(platform, national, figured.valley, away(figured), 0)
    assert not open_profile(platform, person(Role.CISO, Level.ESTABLISHMENT, figured.far), figured.far).may_edit


@both
def test_of_two_people_the_second_is_told_who_changed_what(
    platform: Platform, machine: Scope, figured: Hospitals
) -> None:
    save_profile(platform, machine, figured.valley, ProfileDraft(ose=True, status="public"), 0)
    for act in actions(figured):
        with pytest.raises(Refused, match=r"tests.*OSE.*statut|tests.*essential services.*status"):
            act(platform, machine, 0)
    assert former(platform, figured.valley) == []


@both
def test_a_profile_is_kept_as_typed(platform: Platform, machine: Scope, clock: FixedClock, figured: Hospitals) -> None:
    draft = ProfileDraft(ose=False, status="ebnl", department=" 1 ", longitude=5.22, latitude=46.2)
    save_profile(platform, machine, figured.valley, draft, 0)
    seen = open_profile(platform, machine, figured.valley)
    assert seen.draft == replace(draft, department="01")
    assert (seen.status_name, seen.version) == ("Privé à but non lucratif", 1)
    assert marked(platform) == [202603]  # whom indicators of operators ask, from today on
    clock.forward(hours=1)
    save_profile(platform, machine, figured.valley, seen.draft, 1)
    assert open_profile(platform, machine, figured.valley).version == 1


@both
def test_what_splits_figures_keeps_its_past(platform: Platform, machine: Scope, figured: Hospitals) -> None:
    known = ProfileDraft(ose=False, status="public", department="01")
    save_profile(platform, machine, figured.valley, known, 0, date(2025, 1, 1))
    save_profile(platform, machine, figured.valley, replace(known, ose=True), 1, date(2025, 11, 15))
    save_profile(platform, machine, figured.valley, replace(known, ose=True, department="29"), 2)
    seen = open_profile(platform, machine, figured.valley)
    assert [(one.until, one.ose, one.status_name) for one in seen.former_answers] == [
        (date(2025, 11, 14), False, "Public"),
        (date(2024, 12, 31), None, ""),
    ]
    with platform.database.read() as session:
        asked = {day: read_audiences(session, day).ose for day in (date(2025, 10, 31), date(2025, 11, 30))}
    assert asked == {date(2025, 10, 31): frozenset(), date(2025, 11, 30): {figured.valley}}
    assert marked(platform) == list(MONTHS)
    with pytest.raises(Invalid) as caught:
        save_profile(platform, machine, figured.valley, known, 3, date(2025, 11, 14))
    assert set(caught.value.fields) == {"since"}
    with pytest.raises(Invalid):
        save_profile(platform, machine, figured.valley, known, 3, date(2026, 3, 3))
    save_profile(platform, machine, figured.valley, known, 3)  # no longer one: it was until yesterday
    with platform.database.read() as session:
        assert read_audiences(session, date(2026, 2, 28)).ose == {figured.valley}
        assert read_audiences(session, TODAY).ose == frozenset()


@both
def test_a_candidacy_stays_with_the_entity_of_the_time(platform: Platform, machine: Scope, figured: Hospitals) -> None:
    plant_file(platform, f"legal_entity:{figured.valley_entity}", "care-d2", FileState.OPERATIONAL_PHASE)
    move_establishment(platform, machine, figured.valley, away(figured), 0)
    with platform.database.read() as session:
        before, after = (read_audiences(session, day) for day in (date(2025, 10, 31), date(2025, 11, 30)))
    assert figured.valley in before.candidates["care-d2"]
    assert figured.valley not in after.candidates.get("care-d2", frozenset())


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (ProfileDraft(department="99"), "department"),
        (ProfileDraft(department="Ain"), "department"),
        (ProfileDraft(longitude=1.0), "latitude"),
        (ProfileDraft(latitude=1.0), "longitude"),
        (ProfileDraft(longitude=181.0, latitude=0.0), "longitude"),
        (ProfileDraft(longitude=0.0, latitude=float("nan")), "latitude"),
        (ProfileDraft(status="rich"), "status"),
    ],
)
def test_wrong_profiles_are_refused(
    platform: Platform, machine: Scope, figured: Hospitals, draft: ProfileDraft, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        save_profile(platform, machine, figured.valley, draft, 0)
    assert set(caught.value.fields) == {field}
    with platform.database.read() as session:
        assert session.get(EstablishmentProfile, figured.valley) is None


@both
def test_a_new_establishment_is_asked_for_every_month(platform: Platform, machine: Scope, figured: Hospitals) -> None:
    draft = registry.EstablishmentDraft("010000990", "Site", figured.valley_entity)
    with platform.database.write() as session:
        session.query(IndicatorMark).delete()
    registry.create_establishment(platform, machine, draft)
    assert marked(platform) == list(MONTHS)
    with platform.database.read() as session:
        assert session.scalar(select(Establishment.closed_on).where(Establishment.name == "Site")) is None
