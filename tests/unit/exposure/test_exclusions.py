"""What people exclude for a while: never contacted, said to be left out; or looked at and told apart."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from scanners.errors import CollectError
from scanners.exposure import collect_names
from scanners.exposure.collect_names import Perimeter, perimeter
from scanners.exposure.domain_facts import FoundName, NameOrigin
from scanners.exposure.earlier import finished, joined, of_both, rest
from scanners.exposure.exclusions import ExclusionAsked, Exclusions, barred, set_aside
from scanners.exposure.facts import Barred, Exclusion, ExposureFacts, Host, Port
from scanners.exposure.mandate import MandateError, parse_mandate
from scanners.exposure.targets import Address, parse_targets
from scanners.model import Gap, Text

WRITTEN = {
    "authorised_by": "A", "role": "B", "reference": "C", "scope": ["192.0.2.0/28", "*.hopital.fr"],
    "valid_from": "2026-01-01", "valid_to": "2026-12-31",
}  # fmt: skip
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
NAMES = {"www.hopital.fr": "192.0.2.3", "vieux.hopital.fr": "192.0.2.4", "loin.hopital.fr": "198.51.100.9"}


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_names, "_addresses", lambda name: (ip_address(NAMES[name]),) if name in NAMES else ())


def no_scan(*what: str) -> Exclusions:
    return Exclusions.of(ExclusionAsked(one, "no_scan", "Moniteur", "2026-12-31") for one in what)


def area(exclusions: Exclusions, *targets: str) -> Perimeter:
    return perimeter(parse_targets(targets), parse_mandate(WRITTEN), exclusions)


def contacted(found: Perimeter) -> list[str]:
    return sorted(map(str, found.addresses))


def test_an_excluded_range_inside_a_network_is_never_contacted_and_is_listed() -> None:
    found = area(no_scan("192.0.2.8/29"), "192.0.2.0/28")
    assert contacted(found) == sorted(f"192.0.2.{number}" for number in range(1, 8))
    assert sorted(found.left_out) == sorted(f"192.0.2.{number}" for number in range(8, 15))


def test_an_excluded_target_is_left_out_and_the_others_are_looked_at() -> None:
    found = area(no_scan("192.0.2.1"), "192.0.2.1", "192.0.2.2")
    assert (contacted(found), found.left_out) == (["192.0.2.2"], ["192.0.2.1"])


@pytest.mark.parametrize("excluded", ["vieux.hopital.fr", "VIEUX.hopital.fr.", "192.0.2.4", "192.0.2.4/31"])
def test_the_address_behind_an_excluded_name_is_not_contacted_whatever_leads_to_it(excluded: str) -> None:
    found = area(no_scan(excluded), "192.0.2.0/28", "vieux.hopital.fr", "www.hopital.fr")
    assert "192.0.2.4" not in contacted(found)
    assert "192.0.2.4" in found.left_out
    assert found.addresses[ip_address("192.0.2.3")] == ["www.hopital.fr"]


def test_an_excluded_name_that_is_no_target_spares_its_address_too() -> None:
    assert "192.0.2.4" not in contacted(area(no_scan("vieux.hopital.fr"), "192.0.2.0/28"))


def test_an_exclusion_says_which_addresses_it_took_even_by_a_name_that_is_no_target() -> None:
    exclusions = no_scan("vieux.hopital.fr")
    found = area(exclusions, "192.0.2.0/28")
    (applied,) = exclusions.applied(found.addresses, found.excluded)
    assert applied.addresses == ("192.0.2.4",)


def test_what_the_mandate_excludes_is_told_as_it_writes_it_with_what_it_took() -> None:
    written = ["192.0.2.8/30", "192.0.2.12", "198.51.100.0/24", "vieux.hopital.fr", "*.bloc.hopital.fr"]
    mandate = parse_mandate({**WRITTEN, "excluded": written})
    found = perimeter(parse_targets(["192.0.2.0/28"]), mandate)
    ward = FoundName("a.bloc.hopital.fr", NameOrigin.TRANSFER, outside=("203.0.113.9",), spared=("203.0.113.9",))
    gone = FoundName("parti.hopital.fr", NameOrigin.TRANSFER, outside=("203.0.113.10",))
    assert barred(mandate, set_aside(found.excluded, [ward, gone])) == (
        Barred("192.0.2.8/30", tuple(f"192.0.2.{number}" for number in range(8, 12))),
        Barred("192.0.2.12", ("192.0.2.12",)),
        Barred("vieux.hopital.fr", ("192.0.2.4",)),
        Barred("*.bloc.hopital.fr", ("203.0.113.9",)),
    )


def test_a_pattern_spares_what_stands_behind_the_names_of_former_audits() -> None:
    known = ("vieux.hopital.fr", "www.autre.fr")
    found = perimeter(parse_targets(["192.0.2.0/28"]), parse_mandate(WRITTEN), no_scan("*.hopital.fr"), known=known)
    assert "192.0.2.4" not in contacted(found)
    assert found.behind == {ip_address("192.0.2.4"): ["vieux.hopital.fr"]}


def test_the_address_behind_a_name_that_the_mandate_excludes_is_not_contacted() -> None:
    mandate = parse_mandate({**WRITTEN, "excluded": ["vieux.hopital.fr"]})
    found = perimeter(parse_targets(["192.0.2.0/28", "www.hopital.fr"]), mandate)
    assert "192.0.2.4" not in contacted(found)
    assert "192.0.2.4" in found.left_out
    assert found.behind == {ip_address("192.0.2.4"): ["vieux.hopital.fr"]}


@pytest.mark.parametrize(("answer", "refused"), [(None, True), ((), False)])
def test_a_spared_name_whose_address_is_unknown_refuses_the_audit(
    answer: tuple[Address, ...] | None, refused: bool
) -> None:
    exclusions, mandate = no_scan("vieux.hopital.fr"), parse_mandate(WRITTEN)
    told = pytest.raises(MandateError, match=r"vieux\.hopital\.fr is excluded.*nothing was sent")
    with told if refused else nullcontext():
        assert len(perimeter(parse_targets(["192.0.2.0/28"]), mandate, exclusions, lambda _: answer).addresses) == 14


def test_a_name_that_resolves_to_an_excluded_address_is_left_out() -> None:
    found = area(no_scan("192.0.2.3"), "www.hopital.fr", "192.0.2.1")
    assert (contacted(found), found.left_out) == (["192.0.2.1"], ["192.0.2.3"])


def test_nothing_left_is_refused_before_any_packet() -> None:
    with pytest.raises(CollectError, match="Every address asked for is excluded"):
        area(no_scan("192.0.2.0/28"), "192.0.2.0/28")


@pytest.mark.parametrize("what", ["-oN /tmp/x", "--script=all", "192.0.2.1; id", "$(id).fr", ""])
def test_an_exclusion_holds_nothing_but_addresses_and_names(what: str) -> None:
    with pytest.raises(MandateError):
        no_scan(what)


def test_what_is_not_reported_is_contacted_and_told_with_its_addresses() -> None:
    exclusions = Exclusions.of([ExclusionAsked("*.hopital.fr", "no_report", "Leurre", "2026-12-31")])
    found = area(exclusions, "192.0.2.1", "www.hopital.fr")
    assert contacted(found) == ["192.0.2.1", "192.0.2.3"]
    assert exclusions.applied(found.addresses, found.excluded) == (
        Exclusion("*.hopital.fr", "no_report", "Leurre", "2026-12-31", ("192.0.2.3",)),
    )


# ---------------------------------------------------------------- taking up what was left


def part(*hosts: Host, unfinished: tuple[str, ...] = (), gaps: tuple[Gap, ...] = ()) -> ExposureFacts:
    return ExposureFacts(NOW, (), "C", "A, B", "gentle", "", hosts, unfinished=unfinished, gaps=gaps)


def some(*numbers: int) -> list[Address]:
    return [ip_address(f"192.0.2.{number}") for number in numbers]


def gap(section: str) -> Gap:
    return Gap(section, Text(section, section), truncated=True)


def test_only_what_was_left_or_is_new_is_contacted() -> None:
    earlier = part(Host("192.0.2.1"), Host("192.0.2.2"), unfinished=("192.0.2.2",))
    assert rest(some(1, 2, 3), earlier) == frozenset(some(2, 3))


def both(earlier: ExposureFacts, later: ExposureFacts, *numbers: int, led: str = "") -> ExposureFacts:
    names = {address: [led] if led else [] for address in some(*numbers)}
    return joined(earlier, replace(later, hosts=of_both(finished(earlier), later.hosts, names)))


def test_both_parts_make_one_audit_and_the_gap_of_the_stop_is_over() -> None:
    stopped = part(
        Host("192.0.2.1", ports=(Port(22),)),
        Host("192.0.2.2"),
        unfinished=("192.0.2.2",),
        gaps=(gap("hosts"), gap("tls")),
    )
    later = part(Host("192.0.2.2", ports=(Port(443),)))
    whole = both(stopped, later, 1, 2)
    assert [(host.address, [port.number for port in host.ports]) for host in whole.hosts] == [
        ("192.0.2.1", [22]),
        ("192.0.2.2", [443]),
    ]
    assert [one.section for one in whole.gaps] == ["tls"], "what was not read of a host that was done stays unread"
    assert whole.unfinished == ()


def test_a_second_stop_leaves_its_own_rest() -> None:
    stopped = part(Host("192.0.2.1"), Host("192.0.2.2"), Host("192.0.2.3"), unfinished=("192.0.2.2", "192.0.2.3"))
    later = part(Host("192.0.2.2"), Host("192.0.2.3"), unfinished=("192.0.2.3",), gaps=(gap("hosts"),))
    whole = both(stopped, later, 1, 2, 3)
    assert (len(whole.hosts), whole.unfinished, len(whole.gaps)) == (3, ("192.0.2.3",), 1)


def test_what_was_excluded_or_moved_since_is_not_of_the_audit_any_more() -> None:
    stopped = part(Host("192.0.2.1"), Host("192.0.2.2"), unfinished=("192.0.2.2",))
    assert [host.address for host in both(stopped, part(Host("192.0.2.2")), 2).hosts] == ["192.0.2.2"]


def test_hosts_of_both_parts_have_the_names_that_lead_there_now() -> None:
    stopped = part(Host("192.0.2.1", ("a.h.fr",)), Host("192.0.2.2"), unfinished=("192.0.2.2",))
    whole = both(stopped, part(Host("192.0.2.2", ("b.h.fr",))), 1, 2, led="b.h.fr")
    assert [host.names for host in whole.hosts] == [("a.h.fr", "b.h.fr"), ("b.h.fr",)]
