"""The catalogue: national for all, regional for those of the region, kept by who acts for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from care.domain.access import Level, Right, Role, Scope
from care.domain.catalogue import OfferKind, Theme
from care.services.catalogue import (
    CatalogueFilter,
    EntryDraft,
    add_entry,
    change_entry,
    end_entry,
    help_with,
    help_with_rules,
    list_offers,
    open_entry,
    places_to_write,
)
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.platform import Platform
from care.services.trail import verify
from tests.support.people import MACHINE, Hospitals, person
from tests.web.catalogue import plant_catalogue

pytestmark = pytest.mark.both_databases
DRAFT = EntryDraft(OfferKind.SERVICE, "Astreinte régionale", themes=(Theme.INCIDENTS,))
ALL = CatalogueFilter()


@pytest.fixture
def region(hospitals: Hospitals) -> Scope:
    return person(Role.REGIONAL, Level.REGION, hospitals.region)


def titles(platform: Platform, scope: Scope, wanted: CatalogueFilter = ALL) -> list[str]:
    return [one.title for one in list_offers(platform, scope, wanted).offers]


def test_each_sees_what_is_national_and_of_his_regions(platform: Platform, hospitals: Hospitals, ciso: Scope) -> None:
    plant_catalogue(platform, hospitals)
    far = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    assert titles(platform, ciso)[0] == "Audit d’annuaire accompagné"
    assert "Renfort du Lointain" not in titles(platform, ciso)
    assert "Renfort du Lointain" in titles(platform, far)
    assert "ORADAD" in titles(platform, far)
    assert not [one for one in list_offers(platform, ciso, ALL).offers if one.may_change]
    found = list_offers(platform, ciso, ALL)
    assert [one.id for one in found.regions] == [hospitals.region]
    assert found.writable == ()


def test_searched(platform: Platform, hospitals: Hospitals, ciso: Scope) -> None:
    plant_catalogue(platform, hospitals)
    assert titles(platform, ciso, CatalogueFilter("ANNUAIRE accompagne")) == ["Audit d’annuaire accompagné"]
    assert titles(platform, ciso, CatalogueFilter("oradad", OfferKind.TOOL)) == ["ORADAD"]
    assert titles(platform, ciso, CatalogueFilter(base_only=True)) == ["Audit d’annuaire accompagné"]
    themed = list_offers(platform, ciso, CatalogueFilter(theme=Theme.BACKUP))
    assert 0 < len(themed.offers) < themed.total
    assert not titles(platform, ciso, CatalogueFilter("introuvable"))


def test_a_region_keeps_its_own(platform: Platform, hospitals: Hospitals, region: Scope, ciso: Scope) -> None:
    mine = replace(DRAFT, region_id=hospitals.region)
    number = add_entry(platform, region, mine)
    assert [one.id for one in places_to_write(platform, region)] == [hospitals.region]
    with pytest.raises(Forbidden):
        add_entry(platform, region, DRAFT)
    with pytest.raises(Forbidden):
        add_entry(platform, region, replace(mine, region_id=hospitals.other_region))
    with pytest.raises(NotFound):
        add_entry(platform, MACHINE, replace(mine, region_id=9999))
    for refused in (
        lambda: add_entry(platform, ciso, replace(mine, title="Autre")),
        lambda: open_entry(platform, ciso, number),
        lambda: end_entry(platform, ciso, number, 1),
        lambda: places_to_write(platform, ciso),
    ):
        with pytest.raises(Forbidden):
            refused()
    far = person(Role.REGIONAL, Level.REGION, hospitals.other_region)
    with pytest.raises(NotFound):
        change_entry(platform, far, number, mine, 1)
    with pytest.raises(Invalid):
        add_entry(platform, region, mine)
    assert add_entry(platform, MACHINE, DRAFT) != number
    assert MACHINE.allows_somewhere(Right.MANAGE_FRAMEWORKS)


def test_two_people_change_one_offer(platform: Platform, hospitals: Hospitals, region: Scope) -> None:
    number = add_entry(platform, region, replace(DRAFT, region_id=hospitals.region))
    change_entry(platform, region, number, replace(DRAFT, cost="Gratuit"), 1)
    with pytest.raises(Refused, match="the cost"):
        change_entry(platform, region, number, replace(DRAFT, title="Autre"), 1)
    change_entry(platform, region, number, replace(DRAFT, cost="Gratuit"), 2)
    entry = open_entry(platform, region, number)
    assert (entry.version, entry.draft.cost, entry.draft.region_id) == (2, "Gratuit", hospitals.region)
    with pytest.raises(Refused):
        end_entry(platform, region, number, 1)
    end_entry(platform, region, number, 2)
    assert "Astreinte régionale" not in titles(platform, region)
    with pytest.raises(NotFound):
        open_entry(platform, region, number)
    assert verify(platform).sound


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"summary": "x" * 2001}, "summary"),
        ({"address": "javascript:alert(1)"}, "address"),
        ({"address": "http://exemple.test"}, "address"),
        ({"address": 'https://exemple.test/"><script>'}, "address"),
        ({"themes": ()}, "themes"),
        ({"helps": ("n’importe quoi",)}, "helps"),
        ({"helps": tuple(f"care-d2:O{n}" for n in range(31))}, "helps"),
    ],
)
def test_offers_that_cannot_be(platform: Platform, changes: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        add_entry(platform, MACHINE, replace(DRAFT, **changes))  # type: ignore[arg-type]
    assert set(refused.value.fields) == {field}


def test_help_beside_what_it_helps_with(platform: Platform, hospitals: Hospitals, ciso: Scope) -> None:
    plant_catalogue(platform, hospitals)
    found = help_with(platform, ciso, ["care-d2:O3.A"])
    assert found[0].title == "Audit d’annuaire accompagné"
    assert len(found) <= 4
    of_rule = help_with_rules(platform, ciso, ["ad.krbtgt_password_age"])
    assert {"Audit d’annuaire accompagné"} <= {one.title for one in of_rule}
    assert help_with_rules(platform, ciso, ["imported.unknown"]) == ()
    far = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    assert "Audit d’annuaire accompagné" not in {one.title for one in help_with(platform, far, ["care-d2:O3.A"])}
