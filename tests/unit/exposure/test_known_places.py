"""A name of the mandate that leads to a new address is reported, and contacted once a person said yes."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from scanners.catalog import rules_of
from scanners.errors import CollectError
from scanners.exposure.collect_around import Around, strictly_inside
from scanners.exposure.collect_dns import Resolver
from scanners.exposure.collect_names import Perimeter, has_moved, may_lead_to, perimeter
from scanners.exposure.collect_request import Request
from scanners.exposure.domain_facts import FoundName, NameOrigin
from scanners.exposure.known_places import KnownPlace, KnownPlaces
from scanners.exposure.mandate import MandateError, parse_mandate
from scanners.exposure.targets import parse_targets
from scanners.exposure.things import things
from scanners.model import Status
from scanners.runner import run_rules
from scanners.stopping import Stop
from tests.unit.exposure.specimens import facts, host
from tests.unit.exposure.test_mandate import WRITTEN

NAME, FORMER, NEW, OTHER = "www.hopital.test", "198.51.100.1", "198.51.100.9", "portail.ght.test"
NAMED = {**WRITTEN, "excluded": ["192.0.2.17"]}
"""A mandate that excludes no name, so that nothing else is resolved."""


def places(known: dict[str, list[str]], **mandate: Any) -> KnownPlaces:
    seen = (KnownPlace(name, tuple(map(ip_address, addresses))) for name, addresses in known.items())
    return KnownPlaces.of(seen, parse_mandate({**NAMED, **mandate}))


@pytest.mark.parametrize(
    ("known", "mandate", "address", "allowed"),
    [
        ({}, {}, NEW, True),  # not known yet: at home where it is found first
        ({NAME: []}, {}, NEW, True),  # it never had an address
        ({NAME: [FORMER]}, {}, FORMER, True),
        ({NAME: [FORMER]}, {}, NEW, False),
        ({NAME.upper(): [FORMER]}, {}, NEW, False),
        ({NAME: [FORMER, NEW]}, {}, NEW, True),
        ({NAME: [FORMER], OTHER: [NEW]}, {}, NEW, True),  # looked at already, under another name
        ({OTHER: [FORMER]}, {}, NEW, True),  # another name is known, not this one
        ({NAME: [FORMER]}, {}, "192.0.2.9", True),  # the mandate names the address
        ({NAME: ["192.0.2.9"]}, {}, NEW, False),  # it left the addresses of the mandate
        ({NAME: [FORMER]}, {"followed": [NAME]}, NEW, True),
        ({NAME: [FORMER]}, {"followed": [OTHER]}, NEW, False),
        ({NAME: [FORMER]}, {"places": {NAME: NEW}}, NEW, True),
        ({NAME: [FORMER]}, {"places": {NAME: ["198.51.100.8/29"]}}, NEW, True),
        ({}, {"places": {NAME: [FORMER]}}, NEW, False),  # the mandate states where it lives
        ({}, {"places": {OTHER: [NEW]}}, NEW, True),
        ({NAME: [FORMER]}, {"followed": [NAME]}, "10.0.0.1", False),  # the inside of a network, whoever follows
        ({NAME: [FORMER]}, {"followed": [NAME]}, "192.0.2.17", False),  # excluded
        ({NAME: [FORMER]}, {}, f"::ffff:{FORMER}", True),
    ],
)
def test_where_a_name_of_the_mandate_may_lead(
    known: dict[str, list[str]], mandate: dict[str, Any], address: str, allowed: bool
) -> None:
    order = parse_mandate({**NAMED, **mandate})
    assert may_lead_to(NAME, ip_address(address), order, places(known, **mandate)) is allowed


def test_only_the_want_of_a_yes_makes_a_move() -> None:
    known = places({NAME: [FORMER]})
    mandate = parse_mandate(NAMED)
    moved = {
        text: has_moved(NAME, ip_address(text), mandate, known) for text in (NEW, FORMER, "10.0.0.1", "192.0.2.17")
    }
    assert moved == {NEW: True, FORMER: False, "10.0.0.1": False, "192.0.2.17": False}
    assert not has_moved("intranet.example.test", ip_address(NEW), mandate, known), "outside the mandate altogether"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"places": [NAME]}, "places"),
        ({"places": {"-x": [FORMER]}}, "places"),
        ({"places": {NAME: []}}, "places"),
        ({"places": {NAME: ["ailleurs.test"]}}, "places"),
        ({"places": {NAME: 7}}, "places"),
        ({"followed": ["*.hopital.test"]}, "followed"),
        ({"followed": [FORMER]}, "followed"),
        ({"followed": NAME}, "followed"),
    ],
)
def test_a_mandate_says_where_names_live_in_full(change: dict[str, Any], field: str) -> None:
    with pytest.raises(MandateError, match=f"field {field},"):
        parse_mandate(NAMED | change)


def test_places_and_followed_names_travel_with_the_mandate() -> None:
    mandate = parse_mandate(NAMED | {"places": {NAME.upper(): FORMER}, "followed": [f"{OTHER}."]})
    assert parse_mandate(mandate.to_mapping()) == mandate
    assert (mandate.places[0][0], mandate.followed) == (NAME, {OTHER})


def test_a_request_gives_addresses_and_nothing_else() -> None:
    adapter: TypeAdapter[Request] = TypeAdapter(Request)
    written = {"targets": [NAME], "mandate": {}, "known_places": [{"name": NAME, "addresses": [FORMER]}]}
    assert adapter.validate_python(written).known_places == (KnownPlace(NAME, (ip_address(FORMER),)),)
    with pytest.raises(ValidationError):
        adapter.validate_python({**written, "known_places": [{"name": NAME, "addresses": ["-oN /tmp/x"]}]})


# ---------------------------------------------------------------- an audit


def audited(addresses: tuple[str, ...], *targets: str, known: dict[str, list[str]]) -> tuple[Perimeter, Around]:
    """What may be contacted when every name leads to these addresses, and what is told besides."""
    mandate, at = parse_mandate(NAMED), tuple(map(ip_address, addresses))
    area = perimeter(parse_targets([*targets]), mandate, None, lambda _name: at, (), places(known))
    resolver = Resolver("127.0.0.1:1", Stop())
    inside = strictly_inside(mandate, lambda _: False, places(known))
    told = Around(mandate, inside, resolver, target_names=(), places=places(known))
    told.before(area, lambda *_: None)
    return area, replace(told, target_names=tuple(one for one in targets if one == NAME))


def test_a_name_that_moved_is_kept_apart_with_both_addresses() -> None:
    area, around = audited((FORMER, NEW), NAME, "192.0.2.1", known={NAME: [FORMER]})
    assert [str(address) for address in area.addresses] == ["192.0.2.1", FORMER], "its known address is still looked at"
    assert area.left_out == [NEW]
    (found,) = around.found_names()
    assert (found.outside, found.moved_to, found.lived_at) == ((NEW,), (NEW,), (FORMER,))
    (gap,) = around.gaps
    assert (gap.section, gap.subject, gap.truncated) == ("hosts", NAME, True)
    assert f"{NEW} (auparavant {FORMER})" in gap.reason.fr
    assert f"{NEW} (formerly {FORMER})" in gap.reason.en


def test_alone_it_is_reported_all_the_same_and_elsewhere_refused() -> None:
    area, around = audited((NEW,), NAME, known={NAME: [FORMER]})
    assert (area.addresses, [found.moved_to for found in around.found_names()]) == ({}, [(NEW,)])
    with pytest.raises(CollectError, match="leads to 10"):
        audited(("10.0.0.1",), NAME, known={NAME: [FORMER]})


def test_an_excluded_address_does_not_wait_for_a_yes() -> None:
    _area, around = audited((NEW,), NAME, "192.0.2.1", known={NAME: [FORMER]})
    (found,) = around.found_names(lambda what: what == ip_address(NEW))
    assert (found.spared, found.moved_to, around.gaps) == ((NEW,), (), [])


def test_what_nobody_listed_is_outside_whoever_says_yes() -> None:
    """`*.ght.test` covers no machine of a hosting company by itself: there is nothing to say yes to."""
    _area, around = audited((NEW,), NAME, "192.0.2.1", known={NAME: [FORMER]})
    found = replace(around, target_names=()).found_names()
    assert [one.moved_to for one in found] == [(NEW,)], "the mandate names it in full"
    mandate = parse_mandate({**NAMED, "scope": ["192.0.2.0/24", "*.hopital.test"]})
    found = replace(around, target_names=(), mandate=mandate).found_names()
    assert [one.moved_to for one in found] == [()]


def test_a_name_that_waits_is_a_finding_and_a_thing_that_waits() -> None:
    name = FoundName(NAME, NameOrigin.TARGET, outside=(NEW,), moved_to=(NEW,), lived_at=(FORMER,))
    seen = facts(host("192.0.2.1"), names=(name,))
    outcomes = {one.rule.id.partition(".")[2]: one for one in run_rules(rules_of("exposure"), seen)}
    (found,) = outcomes["name_moved"].findings
    assert (found.subject, dict(found.evidence)) == (NAME, {"address": NEW, "formerly": FORMER})
    assert outcomes["name_outside_mandate"].status is Status.PASSED, "told once, with what to do"
    (thing,) = (one for one in things(seen) if one.kind == "name")
    assert (thing.traits["leads"], thing.proof["outside"]) == ("waiting", NEW)


def test_a_name_that_also_leads_outside_the_mandate_is_told_twice() -> None:
    out = (NEW, "203.0.113.9", "203.0.113.10")
    name = FoundName(NAME, NameOrigin.TARGET, outside=out, moved_to=(NEW,), lived_at=(FORMER,), spared=(out[2],))
    outcomes = {one.rule.id: one for one in run_rules(rules_of("exposure"), facts(host("192.0.2.1"), names=(name,)))}
    (found,) = outcomes["exposure.name_outside_mandate"].findings
    assert dict(found.evidence)["address"] == "203.0.113.9"
