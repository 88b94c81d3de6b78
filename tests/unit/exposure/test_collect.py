"""The collector's own decisions, with the network kept out: nmap's arguments, names, bounds, gaps."""

from __future__ import annotations

import dataclasses
import socket
import threading
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from scanners.archive import Manifest, read_archive, write_archive
from scanners.collect import Context
from scanners.errors import CollectError
from scanners.exposure import collect, collect_names, collect_nmap
from scanners.exposure.collect_nmap import Nmap, Scan, shards
from scanners.exposure.facts import Host, Port, RawScan, Service
from scanners.exposure.mandate import MandateError, parse_mandate
from scanners.exposure.read_nmap import Reading, ScannedHost, ScannedPort
from scanners.exposure.targets import Address, parse_targets
from scanners.model import Gap, Text
from tests.unit.exposure.specimens import BROKEN, HEALTHY
from tests.unit.exposure.test_mandate import WRITTEN

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def addresses(*names: str) -> Any:
    """A resolver that knows these addresses for every name."""

    def resolve(name: str, *_: object, **__: object) -> list[Any]:
        if not names:
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, 0)) for found in names]

    return resolve


# ---------------------------------------------------------------- facts


@pytest.mark.parametrize("facts", [HEALTHY, BROKEN])
def test_facts_survive_the_archive(facts: Any, tmp_path: Path) -> None:
    gap = Gap("tls", Text("coupé", "cut"), truncated=True)
    whole = dataclasses.replace(facts, gaps=(gap,), raw_scans=(RawScan("ab" * 32, "H4sI"),), left_out=("192.0.2.17",))
    stamp = NOW.isoformat()
    write_archive(tmp_path / "facts", Manifest("exposure", 1, "x", stamp, stamp, "care"), whole)
    assert read_archive(tmp_path / "facts").facts == whole


def test_the_target_name_is_the_targets_as_written_shortened() -> None:
    asked = collect.Request(("192.0.2.1", " ", "a.fr"), {}, profile="standard")
    assert collect.target_name(asked) == "192.0.2.1, a.fr"
    many = tuple(f"serveur-{number}.hopital.fr" for number in range(50))
    long = collect.target_name(collect.Request(many, {}))
    assert len(long) < 150
    assert "… (50, " in long
    assert collect.target_name(collect.Request((*many[:-1], "autre.hopital.fr"), {})) != long


def test_other_ports_or_another_profile_are_another_perimeter() -> None:
    name = collect.target_name(collect.Request(("192.0.2.1",), {}, "22,443", "gentle"))
    assert name == "192.0.2.1 · ports 22,443 · gentle"
    gentle = collect.target_name(collect.Request(("192.0.2.1",), {}))
    assert gentle == "192.0.2.1 · gentle", "the default, and another perimeter than the standard of former audits"


def test_silence_everywhere_is_a_gap() -> None:
    audit = object.__new__(collect._Audit)
    audit.gaps = []
    audit._note_silence([Host("192.0.2.1", closed=3), Host("192.0.2.2", filtered=1000)])
    assert audit.gaps == []
    audit._note_silence([Host("192.0.2.1", filtered=1000), Host("192.0.2.2", filtered=1000)])
    assert [gap.section for gap in audit.gaps] == ["hosts"]


# ---------------------------------------------------------------- names and mandate


def test_a_named_target_covers_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", addresses("198.51.100.9"))
    area = collect_names.perimeter(parse_targets(["www.hopital.test"]), parse_mandate(WRITTEN))
    assert area.addresses == {ip_address("198.51.100.9"): ["www.hopital.test"]}


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (("192.0.2.5", "198.51.100.9"), "does not cover 198.51.100.9"),
        (("192.0.2.17",), "excludes 192.0.2.17"),
    ],
)
def test_every_address_of_an_unnamed_name_must_be_covered(
    monkeypatch: pytest.MonkeyPatch, found: tuple[str, ...], words: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", addresses(*found))
    with pytest.raises(MandateError, match=words):
        collect_names.perimeter(parse_targets(["intranet.example.test"]), parse_mandate(WRITTEN))


def test_a_named_target_that_moved_to_an_excluded_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", addresses("192.0.2.17"))
    with pytest.raises(MandateError, match=r"excludes 192\.0\.2\.17"):
        collect_names.perimeter(parse_targets(["www.hopital.test"]), parse_mandate(WRITTEN))


def test_an_excluded_name_is_refused_even_unresolved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", addresses())
    with pytest.raises(MandateError, match="excludes dpi"):
        collect_names.perimeter(parse_targets(["dpi.ght.test"]), parse_mandate(WRITTEN))


def test_a_name_that_does_not_resolve_is_a_gap_or_an_error_when_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", addresses())
    area = collect_names.perimeter(parse_targets(["www.hopital.test", "192.0.2.1"]), parse_mandate(WRITTEN))
    assert [gap.section for gap in area.gaps] == ["hosts"]
    with pytest.raises(CollectError, match=r"www\.hopital\.test does not resolve"):
        collect_names.perimeter(parse_targets(["www.hopital.test"]), parse_mandate(WRITTEN))


def test_a_slow_resolver_costs_its_limit_only(monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()

    def resolve(*_: object, **__: object) -> list[Any]:
        never.wait(30)
        return []

    monkeypatch.setattr(collect_names, "RESOLUTION_SECONDS", 0.05)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(CollectError, match="does not resolve"):
        collect_names.perimeter(parse_targets(["www.hopital.test"]), parse_mandate(WRITTEN))
    never.set()


def test_a_network_that_leaves_the_scope_is_refused() -> None:
    with pytest.raises(MandateError, match="does not cover"):
        collect_names.perimeter(parse_targets(["192.0.2.0/23"]), parse_mandate(WRITTEN))


# ---------------------------------------------------------------- nmap, fenced


class Scanner:
    """Stands for python-nmap: keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def scan(self, **asked: Any) -> None:
        self.asked.append(asked)

    def get_nmap_last_output(self) -> bytes:
        return b""

    def nmap_version(self) -> tuple[int, int]:
        return (7, 93)


@pytest.fixture
def scanner(monkeypatch: pytest.MonkeyPatch) -> Scanner:
    fake = Scanner()
    monkeypatch.setattr(collect_nmap.shutil, "which", lambda *_, **__: "/usr/bin/nmap")
    monkeypatch.setattr(collect_nmap.nmap, "PortScanner", lambda **_: fake)
    return fake


def test_nmap_is_given_addresses_integers_and_options_of_our_table(
    scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect_nmap.os, "geteuid", lambda: 0)
    Nmap().find_open([ip_address("192.0.2.1"), ip_address("192.0.2.2")], [443, 22, 23], 100)
    Nmap().name_services(ip_address("2001:db8::1"), [4000])
    assert scanner.asked == [
        {
            "hosts": "192.0.2.1 192.0.2.2",
            "ports": "22-23,443",
            "arguments": "-n -Pn -T4 --max-retries 2 --min-rate 100 --max-rate 100 -sS",
        },
        {
            "hosts": "2001:db8::1",
            "ports": "4000",
            "arguments": "-n -Pn -T4 --max-retries 2 -sV --version-light -sS -6",
        },
    ]


def test_without_root_nmap_connects(scanner: Scanner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_nmap.os, "geteuid", lambda: 1000)
    Nmap().find_open([ip_address("192.0.2.1")], [80], 5)
    assert scanner.asked[0]["arguments"].endswith("-sT")


def test_a_host_never_times_out_and_is_retried() -> None:
    options = " ".join((*collect_nmap._FIND_OPEN, *collect_nmap._NAME_SERVICES))
    assert "--host-timeout" not in options
    assert options.count("--max-retries 2") == 2


def test_an_absent_nmap_is_one_sentence_naming_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_nmap.shutil, "which", lambda *_, **__: None)
    with pytest.raises(CollectError, match="apt install nmap"):
        Nmap()


def test_shards_hold_one_family_each_and_lose_nobody() -> None:
    mixed: list[Address] = [ip_address(f"192.0.2.{number}") for number in range(1, 120)]
    mixed += [ip_address("2001:db8::1"), ip_address("2001:db8::2")]
    groups = shards(mixed)
    assert sorted(str(found) for group in groups for found in group) == sorted(map(str, mixed))
    assert all(len({found.version for found in group}) == 1 for group in groups)
    assert max(map(len, groups)) <= 32


# ---------------------------------------------------------------- whole audits, nmap faked


class FakeNmap:
    """An nmap whose every scan finds what `reading` says."""

    version = "7.93"

    def __init__(self, reading: Reading, complaint: str = "") -> None:
        self._reading, self._complaint = reading, complaint

    def usual_ports(self) -> tuple[int, ...]:
        return tuple(range(1, 1001))

    def find_open(self, shard: Any, *_: object) -> Scan:
        return Scan(tuple(shard), self._reading, RawScan("00"), self._complaint)

    def name_services(self, address: Address, *_: object) -> Scan:
        return Scan((address,), self._reading, RawScan("00"), self._complaint)


def audit(monkeypatch: pytest.MonkeyPatch, fake: FakeNmap, *targets: str) -> Any:
    monkeypatch.setattr(collect, "Nmap", lambda: fake)
    monkeypatch.setattr(collect, "snmp", lambda *_: None)
    said: list[float] = []
    context = Context({}, lambda share, _text: said.append(share), NOW)
    facts = collect.collect(collect.Request(targets, parse_mandate(WRITTEN).to_mapping()), context)
    assert all(0 <= share <= 1 for share in said)
    return facts


@pytest.mark.parametrize(("open_ports", "everything"), [(500, False), (501, True)])
def test_a_host_that_answers_on_over_half_of_the_ports_is_not_questioned(
    monkeypatch: pytest.MonkeyPatch, open_ports: int, everything: bool
) -> None:
    monkeypatch.setattr(collect._Audit, "_identify", lambda *_: {})
    monkeypatch.setattr(collect._Audit, "_name_the_rest", lambda _self, hosts: tuple(hosts))
    ports = tuple(ScannedPort(number, "tcp") for number in range(1, open_ports + 1))
    facts = audit(monkeypatch, FakeNmap(Reading((ScannedHost("192.0.2.1", ports, 0, 0),), True)), "192.0.2.1")
    (host,) = facts.hosts
    assert host.answers_everything is everything
    assert len(host.ports) == (0 if everything else 500)
    assert [gap.section for gap in facts.gaps] == (["services"] if everything else [])


@pytest.mark.parametrize(("ports", "asked"), [("", True), ("22,161", True), ("22", False)])
def test_snmp_is_asked_for_with_the_usual_ports_or_by_its_number(
    monkeypatch: pytest.MonkeyPatch, ports: str, asked: bool
) -> None:
    agents: list[str] = []
    monkeypatch.setattr(collect, "Nmap", lambda: FakeNmap(Reading((ScannedHost("192.0.2.1", (), 1000, 0),), True)))
    monkeypatch.setattr(collect, "snmp", lambda address, _pace: agents.append(address))
    order = collect.Request(("192.0.2.1",), parse_mandate(WRITTEN).to_mapping(), ports)
    collect.collect(order, Context({}, lambda *_: None, NOW))
    assert agents == (["192.0.2.1"] if asked else [])


def test_an_address_nmap_did_not_finish_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeNmap(Reading((ScannedHost("192.0.2.1", (), 1000, 0),), False), "out of memory")
    facts = audit(monkeypatch, fake, "192.0.2.1", "192.0.2.2")
    (gap,) = facts.gaps
    assert (gap.section, gap.truncated) == ("hosts", True)
    assert "out of memory" in gap.reason.en
    assert "192.0.2.2" in gap.reason.en


def test_no_nmap_runs_when_the_mandate_has_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "Nmap", pytest.fail)
    order = parse_mandate(WRITTEN).to_mapping() | {"valid_to": "2026-06-14"}
    with pytest.raises(MandateError, match="expired"):
        collect.collect(collect.Request(("192.0.2.1",), order), Context({}, lambda *_: None, NOW))


@pytest.mark.parametrize(
    ("seen", "sections"),
    [
        (ScannedPort(8000, "tcp", "http", probed=True), ["http"]),
        (ScannedPort(8000, "tcp", "ssh", probed=True), ["ssh"]),
        (ScannedPort(8000, "tcp", "http", tunnel="ssl", probed=True), ["http", "tls"]),
        (ScannedPort(8000, "tcp", "nntp", probed=True), []),
        (ScannedPort(8000, "tcp", "http-alt"), []),
    ],
)
def test_what_nmap_names_and_we_could_not_read_is_a_gap(
    monkeypatch: pytest.MonkeyPatch, seen: ScannedPort, sections: list[str]
) -> None:
    monkeypatch.setattr(collect._Audit, "_identify", lambda *_: {})
    facts = audit(monkeypatch, FakeNmap(Reading((ScannedHost("192.0.2.1", (seen,), 0, 0),), True)), "192.0.2.1")
    assert [gap.section for gap in facts.gaps] == sections
    assert facts.hosts[0].ports[0].service.name == (seen.name if seen.probed else "")


def test_what_nmap_names_on_an_odd_port_is_questioned_further(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(_self: object, protocol: str) -> Port:
        asked.append(protocol)
        return Port(7000, Service("redis", open_access=True))

    monkeypatch.setattr(collect._Audit, "_identify", lambda *_: {})
    monkeypatch.setattr(collect.Identification, "ask", ask)
    seen = ScannedPort(7000, "tcp", "redis", probed=True)
    facts = audit(monkeypatch, FakeNmap(Reading((ScannedHost("192.0.2.1", (seen,), 0, 0),), True)), "192.0.2.1")
    assert asked == ["redis"]
    assert facts.hosts[0].ports[0].service.open_access
