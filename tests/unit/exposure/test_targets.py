"""The grammar of targets: what is accepted is harmless, what is refused says why."""

from __future__ import annotations

import ipaddress
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.exposure.targets import (
    MAX_ADDRESSES,
    TargetError,
    addresses_of,
    is_inside,
    parse_ports,
    parse_target,
    parse_targets,
    write_ports,
)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.7/32", "192.0.2.7"),
        ("2001:DB8::1", "2001:db8::1"),
        ("WWW.Hopital.FR.", "www.hopital.fr"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("srv_01.hopital.fr", "srv_01.hopital.fr"),
    ],
)
def test_accepted(text: str, written: str) -> None:
    assert parse_target(text).written == written


@pytest.mark.parametrize(
    "text",
    [
        "-oN", "--script=x", "-oN /tmp/x 127.0.0.1", "www.hopital.fr -oN x", "a b", "a;b", "$(id)", "`id`", "a|b",
        "a\nb", "www.hopital.fr\n", "fe80::1%eth0", "fe80::1%-oN", "10.0.0", "10.0.0.1-255", "1.2.3.4.5",
        "192.0.2.7/24",
        "..", "a..b", "-a.fr", "a-.fr", "é.fr", "a" * 64 + ".fr", "x." * 127 + "fr", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "255.255.255.254/31",
        "ff02::1", "::ffff:224.0.0.1",
        "192.0.2.0/33",
        "*.fr", "http://www.hopital.fr", "'a'", '"a"', "a\x00b", "a,b",
    ],
)  # fmt: skip
def test_refused(text: str) -> None:
    with pytest.raises(TargetError):
        parse_target(text)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("64:ff9b::a01:203", True), ("2002:a01:203::1", True), ("0.1.2.3", True), ("240.0.0.1", True),
        ("::ffff:10.1.2.3", True), ("203.0.113.4", False), ("2001:db8::1", False), ("2003::1", False),
    ],
)  # fmt: skip
def test_what_only_means_something_inside(text: str, inside: bool) -> None:
    assert is_inside(ipaddress.ip_address(text)) is inside


@given(st.text(max_size=60) | st.text(alphabet="-./:ab01 %\n;$", max_size=30))
def test_nothing_accepted_can_start_an_option_or_hold_a_shell_character(text: str) -> None:
    try:
        target = parse_target(text)
    except TargetError:
        return
    assert re.fullmatch(r"[a-z0-9_][a-z0-9_.:/-]*", target.written)
    if target.network is not None:
        assert target.network == ipaddress.ip_network(target.written)


@given(st.ip_addresses(network="192.0.2.0/24"), st.integers(20, 32))
def test_a_network_never_grows(address: ipaddress.IPv4Address, prefix: int) -> None:
    network = ipaddress.ip_network(f"{address}/{prefix}", strict=False)
    assert all(found in network for found in addresses_of(parse_target(str(network)).network or network))


def test_empty_list_is_refused() -> None:
    with pytest.raises(TargetError, match="No target"):
        parse_targets(["", "  # nothing"])


def test_doubles_and_comments_are_left_out() -> None:
    targets = parse_targets(["192.0.2.7", "192.0.2.7/32", "www.hopital.fr # site", "WWW.hopital.fr"])
    assert [target.written for target in targets] == ["192.0.2.7", "www.hopital.fr"]


@pytest.mark.parametrize("text", ["10.0.0.0/8", "2001:db8::/64", "192.168.0.0/19"])
def test_large_networks_are_refused_with_their_size_and_the_limit(text: str) -> None:
    with pytest.raises(TargetError, match=f"{ipaddress.ip_network(text).num_addresses} addresses.*{MAX_ADDRESSES}"):
        parse_targets([text])


def test_the_limit_itself_is_accepted_and_one_more_refused() -> None:
    assert len(list(addresses_of(parse_targets(["192.168.0.0/20"])[0].network))) == MAX_ADDRESSES - 2  # type: ignore[arg-type]
    with pytest.raises(TargetError, match="4097 addresses"):
        parse_targets(["192.168.0.0/20", "192.0.2.1"])


def test_ports() -> None:
    assert parse_ports("443, 22,20-22") == (20, 21, 22, 443)
    assert write_ports([443, 22, 21, 20]) == "20-22,443"


@pytest.mark.parametrize("text", ["", "0", "65536", "22-20", "-p", "U:53", "22;id", "22,", "T:22", "1-", "²"])
def test_malformed_ports(text: str) -> None:
    with pytest.raises(TargetError):
        parse_ports(text)


@given(st.sets(st.integers(1, 65535), min_size=1, max_size=200))
def test_port_lists_round_trip(ports: set[int]) -> None:
    assert set(parse_ports(write_ports(ports))) == ports
