from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from care.domain.access import Level, Right, Role, Scope
from care.services import registry
from care.services.errors import Forbidden, Invalid, NotFound
from care.services.platform import Platform
from care.services.trail import verify
from care.store.registry import Establishment, LegalEntity, visible_ids
from care.store.trail import TrailEvent
from tests.support.people import Hospitals, person, valid_finess

both = pytest.mark.both_databases


@both
def test_the_regions_are_shipped_once(platform: Platform, machine: Scope) -> None:
    with platform.database.write() as session:
        registry.ensure_regions(session)
    regions = registry.list_regions(platform, machine)
    assert len(regions) == 18
    assert {region.code for region in regions if not region.grades_to_check} == {"75", "76", "93"}


def test_a_grades_name_is_checked_once_written_and_kept(platform: Platform, machine: Scope) -> None:
    region = registry.list_regions(platform, machine)[0]
    named = registry.name_grades(platform, machine, region.id, " Sara ")
    assert (named.grades, named.grades_to_check) == ("Sara", False)
    with platform.database.write() as session:
        registry.ensure_regions(session)
    assert registry.list_regions(platform, machine)[0].grades == "Sara"


def cases(places: Hospitals) -> list[tuple[Scope, set[int]]]:
    ciso = Role.CISO
    return [
        (person(Role.ADMINISTRATOR), {places.valley, places.hill, places.far}),
        (person(Role.REGIONAL, Level.REGION, places.region), {places.valley, places.hill}),
        (person(ciso, Level.GHT, places.ght), {places.valley, places.hill}),
        (person(ciso, Level.LEGAL_ENTITY, places.hill_entity), {places.hill}),
        (person(ciso, Level.ESTABLISHMENT, places.far), {places.far}),
        (person(ciso, Level.ESTABLISHMENT, 999), set()),
        (Scope("nobody", "fr"), set()),
    ]


@both
def test_each_sees_what_lies_below_their_place(platform: Platform, hospitals: Hospitals) -> None:
    for scope, expected in cases(hospitals):
        assert {view.id for view in registry.list_establishments(platform, scope)} == expected, scope
        for establishment_id in (hospitals.valley, hospitals.hill, hospitals.far):
            if establishment_id in expected:
                assert registry.find_establishment(platform, scope, establishment_id).id == establishment_id
            else:
                with pytest.raises(NotFound):
                    registry.find_establishment(platform, scope, establishment_id)


def test_the_sql_filter_and_the_pure_decision_agree(platform: Platform, hospitals: Hospitals) -> None:
    with platform.database.read() as session:
        for scope, _expected in cases(hospitals):
            for right in Right:
                rows = session.scalars(select(Establishment)).all()
                decided = {row.id for row in rows if scope.allows(right, row.lineage)}
                assert set(session.scalars(visible_ids(scope.reach(right)))) == decided


def test_the_tree_is_shown_from_above_only(platform: Platform, hospitals: Hospitals) -> None:
    regional = person(Role.REGIONAL, Level.REGION, hospitals.other_region)
    assert registry.list_ghts(platform, regional) == ()
    assert [view.id for view in registry.list_legal_entities(platform, regional)] == [hospitals.far_entity]


def test_only_who_manages_the_registry_there_creates(platform: Platform, hospitals: Hospitals) -> None:
    draft = registry.EstablishmentDraft(valid_finess("01000009"), "Site nouveau", hospitals.valley_entity)
    with pytest.raises(Forbidden):
        registry.create_establishment(platform, person(Role.CISO, Level.GHT, hospitals.ght), draft)
    with pytest.raises(NotFound):
        registry.create_establishment(platform, person(Role.ADMINISTRATOR, Level.REGION, hospitals.other_region), draft)
    made = registry.create_establishment(platform, person(Role.ADMINISTRATOR, Level.GHT, hospitals.ght), draft)
    assert (made.ght_name, made.region_name) == ("GHT des Deux Rives", "Auvergne-Rhône-Alpes")


@pytest.mark.parametrize(
    ("finess", "name", "field"),
    [
        ("010000025", "Site", "finess"),
        ("12", "Site", "finess"),
        ("010000024", "  ", "name"),
        ("010000024", "a\nb", "name"),
        ("010000024", "a\0b", "name"),
        ("010000024", "n" * 301, "name"),
    ],
)
def test_wrong_fields_are_named(
    platform: Platform, machine: Scope, hospitals: Hospitals, finess: str, name: str, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        registry.create_establishment(
            platform, machine, registry.EstablishmentDraft(finess, name, hospitals.valley_entity)
        )
    assert set(caught.value.fields) == {field}


def test_a_corsican_number_with_a_doubtful_key_is_kept_with_a_remark(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    draft = registry.EstablishmentDraft("2a 0000 015", "Site corse", hospitals.far_entity)
    made = registry.create_establishment(platform, machine, draft)
    assert made.finess == "2A0000015"
    assert "relisez" in made.finess_remark


@both
def test_a_number_is_registered_once(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    draft = registry.EstablishmentDraft(valid_finess("01000003"), "Encore", hospitals.valley_entity)
    with pytest.raises(Invalid):
        registry.create_establishment(platform, machine, draft)


@both
def test_of_two_people_registering_one_number_at_once_one_is_told(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    draft = registry.EstablishmentDraft(valid_finess("01000009"), "Site nouveau", hospitals.valley_entity)
    start, answers = threading.Barrier(4), []

    def create() -> None:
        start.wait(30)
        try:
            answers.append(registry.create_establishment(platform, machine, draft).finess)
        except Invalid as error:
            answers.append(str(error))

    people = [threading.Thread(target=create) for _ in range(4)]
    for one in people:
        one.start()
    for one in people:
        one.join(60)
    assert sorted(answers) == [draft.finess, *["This FINESS number is already registered."] * 3]


@both
def test_an_entity_moves_between_ghts(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    registry.join_ght(platform, machine, hospitals.hill_entity, None)
    ciso = person(Role.CISO, Level.GHT, hospitals.ght)
    assert [view.id for view in registry.list_establishments(platform, ciso)] == [hospitals.valley]
    registry.join_ght(platform, machine, hospitals.hill_entity, hospitals.ght, supports=True)
    with platform.database.read() as session:
        entity = session.get(LegalEntity, hospitals.hill_entity)
        assert entity is not None
        assert entity.supports_ght


def test_each_write_left_an_event(platform: Platform, hospitals: Hospitals) -> None:
    with platform.database.read() as session:
        actions = list(session.scalars(select(TrailEvent.action).order_by(TrailEvent.number)))
    assert actions == ["ght.created", *["legal_entity.created"] * 3, *["establishment.created"] * 3]
    assert verify(platform).sound
