"""The plan of the zone keeps the sizes its measures are told with, and plants only what rules can name."""

from __future__ import annotations

from scanners import catalog
from scanners.exposure.products import PRODUCTS
from tests.lab.exposure import zone_plan
from tests.lab.exposure.zone_products import product_places


def test_there_are_128_hosts_and_174_services() -> None:
    places = [place for place in zone_plan.places() if ":" not in place.address]
    assert len(zone_plan.addresses()) == 128
    assert len(places) == len({(place.address, place.port) for place in places}) == 174
    assert {place.address for place in places} < set(zone_plan.addresses())


def test_half_of_the_hosts_drop_what_they_do_not_serve_and_half_of_those_are_not_pinged() -> None:
    assert len({address for address in zone_plan.dropping() if ":" not in address}) == 64
    assert set(zone_plan.unpinged()) < set(zone_plan.dropping())


def test_every_kind_is_planted_and_every_rule_named_exists() -> None:
    assert {place.kind for place in zone_plan.places()} == set(zone_plan.KINDS)
    known = {rule.id for rule in catalog.rules_of("exposure")}
    assert {f"exposure.{rule}" for rule in zone_plan.RULES} <= known
    assert {kind for kinds in zone_plan.RULES.values() for kind in kinds} <= set(zone_plan.KINDS)


def test_addresses_are_those_of_documentation() -> None:
    peers = {address for _, address, _ in zone_plan.BAD_PEERS}
    assert all(address.startswith(("192.0.2.", "2001:db8::")) for address in {*zone_plan.addresses(), *peers})


def test_products_have_hosts_of_their_own_and_each_is_planted() -> None:
    places = list(product_places())
    assert len({(place.address, place.port) for place in places}) == len(places)
    peers = {address for _, address, _ in zone_plan.BAD_PEERS}
    others = {*zone_plan.addresses(), *peers, zone_plan.EXCLUDED, zone_plan.SYN_PROXY}
    assert others.isdisjoint(place.address for place in places)
    assert max(int(place.address.rpartition(".")[2]) for place in places) < 192, "a test audits 192.0.2.192/28"
    known = {product.name for product in PRODUCTS}
    assert {place.specimen.product for place in places} == {*known, ""}
    assert set(zone_plan.BETRAYED.values()) <= known
    assert set(zone_plan.BETRAYED) <= set(zone_plan.KINDS)
