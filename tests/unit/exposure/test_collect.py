"""The collector's own decisions, with the network kept out: nmap's arguments, names, bounds, gaps."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from scanners.archive import Manifest, read_archive, write_archive
from scanners.collect import Context
from scanners.errors import CollectError
from scanners.exposure import (
    collect,
    collect_around,
    collect_audit,
    collect_conversations,
    collect_mail,
    collect_names,
    collect_search,
)
from scanners.exposure.collect_dns import Answer, State
from scanners.exposure.collect_domains import DomainReading
from scanners.exposure.collect_nmap import Rate, Scan
from scanners.exposure.collect_sites import SiteQuestions
from scanners.exposure.collect_udp import Heard
from scanners.exposure.collect_unseen import Unseen
from scanners.exposure.collect_wire import Pace, Reach
from scanners.exposure.domain_facts import Domain, MailServer
from scanners.exposure.facts import Host, Http, Port, RawScan, Service
from scanners.exposure.mandate import MandateError, parse_mandate
from scanners.exposure.ports import SILENT_PORTS
from scanners.exposure.read_nmap import Reading, ScannedHost, ScannedPort
from scanners.exposure.targets import Address, parse_targets, write_ports
from scanners.exposure.udp_questions import BACNET_PORT, QUESTIONS
from scanners.exposure.udp_questions import Question as UdpQuestion
from scanners.model import Gap, Text
from scanners.stopping import Stop
from tests.unit.exposure.specimens import BROKEN, HEALTHY
from tests.unit.exposure.test_mandate import WRITTEN

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
MANDATE = parse_mandate(WRITTEN).to_mapping()
UNNAMED = {**WRITTEN, "excluded": ["192.0.2.17"]}
"""A mandate that excludes no name."""


def addresses(*names: str) -> Any:
    """A resolver that knows these addresses for every name, but the one that the mandate excludes."""

    def resolve(name: str, *_: object, **__: object) -> list[Any]:
        if not names or name == "dpi.ght.test.":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, 0)) for found in names]

    return resolve


# ---------------------------------------------------------------- facts


@pytest.mark.parametrize("facts", [HEALTHY, BROKEN])
def test_facts_survive_the_archive(facts: Any, tmp_path: Path) -> None:
    gap = Gap("tls", Text("coupé", "cut"), truncated=True)
    whole = dataclasses.replace(
        facts, gaps=(gap,), raw_scans=(RawScan("ab" * 32, "H4sI"),), left_out=("192.0.2.17",), unfinished=("192.0.2.9",)
    )
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


def test_other_domains_or_another_list_of_names_are_another_perimeter() -> None:
    order = collect.Request(("192.0.2.1",), {}, profile="standard", domains=("b.fr s1", "a.fr"), names_file="x.a.fr")
    name = collect.target_name(order)
    assert name.startswith("192.0.2.1 · a.fr, b.fr · ")
    assert collect.target_name(dataclasses.replace(order, names_file="y.a.fr")) != name
    assert collect.target_name(dataclasses.replace(order, domains=("a.fr", "b.fr s2"))) == name


@pytest.mark.parametrize(
    "change", [{"domains": ["hop;ital.fr"]}, {"resolver": "ns.hopital.fr"}, {"names_file": "x" * 20_000_001}]
)
def test_a_malformed_request_is_refused_at_its_field(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(collect.Request).validate_python({"targets": ["192.0.2.1"], "mandate": {}, **change})
    assert [error["loc"][0] for error in refused.value.errors()] == list(change)


def test_other_ports_or_another_profile_are_another_perimeter() -> None:
    name = collect.target_name(collect.Request(("192.0.2.1",), {}, "22,443", "gentle"))
    assert name == "192.0.2.1 · ports 22,443 · gentle"
    gentle = collect.target_name(collect.Request(("192.0.2.1",), {}))
    assert gentle == "192.0.2.1 · gentle", "the default, and another perimeter than the standard of former audits"


def test_silence_everywhere_is_a_gap() -> None:
    unseen = Unseen(Stop())
    unseen.silence([Host("192.0.2.1", closed=3), Host("192.0.2.2", filtered=1000)], route_known=False)
    unseen.silence([Host("192.0.2.1", filtered=1000)], route_known=True)
    assert unseen.gaps == []
    unseen.silence([Host("192.0.2.1", filtered=1000), Host("192.0.2.2", filtered=1000)], route_known=False)
    assert [gap.section for gap in unseen.gaps] == ["hosts"]


# ---------------------------------------------------------------- names and mandate


def test_a_named_target_covers_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", addresses("198.51.100.9"))
    area = collect_names.perimeter(parse_targets(["www.hopital.test"]), parse_mandate(WRITTEN))
    assert area.addresses == {ip_address("198.51.100.9"): ["www.hopital.test"]}


@pytest.mark.parametrize(
    ("name", "found", "kept", "out"),
    [
        ("intranet.example.test", ("192.0.2.5", "198.51.100.9"), ["192.0.2.5"], "198.51.100.9"),
        ("intranet.example.test", ("192.0.2.5", "192.0.2.17"), ["192.0.2.5"], "192.0.2.17"),
        ("www.hopital.test", ("198.51.100.9", "192.0.2.17"), ["198.51.100.9"], "192.0.2.17"),
        ("www.hopital.test", ("198.51.100.9", "10.1.2.3"), ["198.51.100.9"], "10.1.2.3"),
        ("www.hopital.test", ("198.51.100.9", "127.0.0.1"), ["198.51.100.9"], "127.0.0.1"),
        ("www.hopital.test", ("198.51.100.9", "::ffff:192.168.1.1"), ["198.51.100.9"], "::ffff:192.168.1.1"),
        ("www.hopital.test", ("198.51.100.9", "fe80::1"), ["198.51.100.9"], "fe80::1"),
    ],
)
def test_a_name_that_moved_out_is_told_and_nothing_is_sent_there(
    monkeypatch: pytest.MonkeyPatch, name: str, found: tuple[str, ...], kept: list[str], out: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", addresses(*found))
    area = collect_names.perimeter(parse_targets([name]), parse_mandate(WRITTEN))
    out = out.removeprefix("::ffff:")
    assert [str(address) for address in area.addresses] == kept
    assert area.left_out == [out]
    assert area.outside == {name: [ip_address(out)]}
    assert area.gaps == [], "what leads elsewhere is told by its rule, and casts no doubt on the rest"


@pytest.mark.parametrize(
    ("name", "found"), [("intranet.example.test", "198.51.100.9"), ("www.hopital.test", "10.0.0.1")]
)
def test_a_name_that_moved_out_and_was_alone_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, found: str) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", addresses(found))
    with pytest.raises(CollectError, match=f"leads to {found}"):
        collect_names.perimeter(parse_targets([name]), parse_mandate(WRITTEN))


def test_an_excluded_name_is_refused_even_unresolved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", addresses())
    with pytest.raises(MandateError, match="excludes dpi"):
        collect_names.perimeter(parse_targets(["dpi.ght.test"]), parse_mandate(WRITTEN))


def test_a_name_that_does_not_resolve_is_a_gap_or_an_error_when_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", addresses())
    area = collect_names.perimeter(parse_targets(["www.hopital.test", "192.0.2.1"]), parse_mandate(WRITTEN))
    assert [(gap.section, gap.subject, gap.truncated) for gap in area.gaps] == [("hosts", "www.hopital.test", True)]
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
        collect_names.perimeter(parse_targets(["www.hopital.test"]), parse_mandate(UNNAMED))
    never.set()


@pytest.mark.parametrize(("code", "error"), [(socket.EAI_NONAME, None), (socket.EAI_AGAIN, MandateError)])
def test_an_excluded_name_that_dns_does_not_answer_for_refuses_the_audit(
    monkeypatch: pytest.MonkeyPatch, code: int, error: type[Exception] | None
) -> None:
    asked: list[str] = []

    def resolve(name: str, *_: object, **__: object) -> list[Any]:
        asked.append(name)
        raise socket.gaierror(code, "no")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    expected = pytest.raises(error, match=r"dpi\.ght\.test is excluded.*Exclude its address") if error else None
    with expected or contextlib.nullcontext():
        collect_names.perimeter(parse_targets(["192.0.2.1"]), parse_mandate(WRITTEN))
    assert asked == ["dpi.ght.test."], "asked as an absolute name: no search list of the machine"


def test_a_network_that_leaves_the_scope_is_refused() -> None:
    with pytest.raises(MandateError, match="does not cover"):
        collect_names.perimeter(parse_targets(["192.0.2.0/23"]), parse_mandate(WRITTEN))


# ---------------------------------------------------------------- whole audits, nmap faked


class FakeNmap:
    """An nmap whose every scan finds what `reading` says."""

    version = "7.93"
    raw_sockets = True

    def __init__(self, reading: Reading, complaint: str = "") -> None:
        self._reading, self._complaint = reading, complaint

    def usual_ports(self) -> tuple[int, ...]:
        return tuple(range(1, 1001))

    def find_open(self, shard: Any, *_: object) -> Scan:
        return Scan(tuple(shard), self._reading, RawScan("00"), self._complaint)

    def name_services(self, address: Address, *_: object) -> Scan:
        return Scan((address,), self._reading, RawScan("00"), self._complaint)


class Nobody:
    """Stands for a conversation where nothing is learnt."""

    gaps: tuple[Gap, ...] = ()
    refused = False

    def __init__(self, reach: Reach, *_: object, **_named: object) -> None:
        reach.heard = True
        self._port = reach.port

    def run(self) -> Port:
        return Port(self._port)

    def ask(self, _protocol: str) -> Port | None:
        return None


@pytest.fixture(autouse=True)
def no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", addresses())


def audit(monkeypatch: pytest.MonkeyPatch, fake: FakeNmap, *targets: str, **more: Any) -> Any:
    monkeypatch.setattr(collect, "Nmap", lambda: fake)
    monkeypatch.setattr(collect_conversations, "ask_all", lambda *_: Heard())
    monkeypatch.setattr(collect_conversations, "Identification", more.pop("conversation", Nobody))
    said: list[float] = []
    context = Context({}, lambda share, _text: said.append(share), NOW, more.pop("stop", Stop()))
    more.setdefault("profile", "standard")
    facts = collect.collect(collect.Request(targets, parse_mandate(WRITTEN).to_mapping(), **more), context)
    assert said == sorted(said)
    assert all(0 <= share <= 1 for share in said)
    return facts


@pytest.mark.parametrize(
    ("open_ports", "accepts", "everything"),
    [(500, False, False), (501, False, True), (21, True, True), (21, False, False)],
)
def test_a_host_that_answers_on_most_ports_or_on_any_is_flagged_and_shows_no_service(
    monkeypatch: pytest.MonkeyPatch, open_ports: int, accepts: bool, everything: bool
) -> None:
    monkeypatch.setattr(collect_conversations, "accepts_anything", lambda *_: accepts)
    ports = tuple(ScannedPort(number, "tcp") for number in range(1, open_ports + 1))
    facts = audit(monkeypatch, FakeNmap(Reading((ScannedHost("192.0.2.1", ports, 0, 0),), True)), "192.0.2.1")
    (host,) = facts.hosts
    assert host.answers_everything is everything
    assert len(host.ports) == (0 if everything else open_ports)
    assert [gap.section for gap in facts.gaps] == (["services"] if everything else [])
    assert facts.unfinished == ()


def test_a_host_with_few_open_ports_is_not_suspected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_conversations, "accepts_anything", pytest.fail)
    ports = tuple(ScannedPort(number, "tcp") for number in range(1, 21))
    facts = audit(monkeypatch, FakeNmap(Reading((ScannedHost("192.0.2.1", ports, 0, 0),), True)), "192.0.2.1")
    assert len(facts.hosts[0].ports) == 20


@pytest.mark.parametrize(
    ("ports", "profile", "asked"),
    [
        ("", "standard", [question.port for question in QUESTIONS if question.port != BACNET_PORT]),
        ("22,161", "standard", [161]),
        ("22,53,47808", "standard", [53]),
        ("22", "standard", []),
        ("", "fragile", []),
    ],
)
def test_udp_is_asked_with_the_usual_ports_or_by_number_and_controllers_never(
    monkeypatch: pytest.MonkeyPatch, ports: str, profile: Any, asked: list[int]
) -> None:
    sent: list[int] = []

    def ask(_address: str, questions: Sequence[UdpQuestion], _pace: Pace) -> Heard:
        sent.extend(question.port for question in questions)
        return Heard()

    monkeypatch.setattr(collect, "Nmap", lambda: FakeNmap(Reading((ScannedHost("192.0.2.1", (), 1000, 0),), True)))
    monkeypatch.setattr(collect_search, "find_open", lambda shard, *_, **__: Scan(tuple(shard), Reading((), True)))
    monkeypatch.setattr(collect_conversations, "ask_all", ask)
    order = collect.Request(("192.0.2.1",), parse_mandate(WRITTEN).to_mapping(), ports, profile)
    found = collect.collect(order, Context({}, lambda *_: None, NOW))
    assert sent == asked
    assert found.udp_ports == write_ports(asked)


def test_questions_that_could_not_be_sent_are_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeNmap(Reading((ScannedHost("192.0.2.1", (), 1000, 0),), True))
    monkeypatch.setattr(collect, "Nmap", lambda: fake)
    monkeypatch.setattr(
        collect_conversations, "ask_all", lambda *_: Heard(unsent=Text("réseau injoignable", "network unreachable"))
    )
    order = collect.Request(("192.0.2.1",), parse_mandate(WRITTEN).to_mapping(), "", "standard")
    (gap,) = collect.collect(order, Context({}, lambda *_: None, NOW)).gaps
    assert (gap.section, "network unreachable" in gap.reason.en) == ("services", True)


def test_an_address_nmap_did_not_finish_is_a_gap_and_is_left_for_the_next_audit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = FakeNmap(Reading((ScannedHost("192.0.2.1", (), 1000, 0),), False), "out of memory")
    facts = audit(monkeypatch, fake, "192.0.2.1", "192.0.2.2")
    (gap,) = facts.gaps
    assert (gap.section, gap.truncated) == ("hosts", True)
    assert "out of memory" in gap.reason.en
    assert "192.0.2.2" in gap.reason.en
    assert facts.unfinished == ("192.0.2.2",)


def test_an_address_nmap_was_not_asked_about_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    strange = ScannedHost("198.51.100.66", (ScannedPort(22, "tcp"),), 0, 0)
    whole = ScannedHost("192.0.2.1", (), 1000, 0)
    facts = audit(monkeypatch, FakeNmap(Reading((strange, whole), True)), "192.0.2.1")
    assert [host.address for host in facts.hosts] == ["192.0.2.1"]


class StoppedNmap(FakeNmap):
    """Finds one port of a host out of two, then is asked to end."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(Reading((), False))
        self._stop = stop

    def find_open(self, shard: Any, _ports: object, _rate: object, follow: Any) -> Scan:  # type: ignore[override]
        follow.opened("192.0.2.1", 443)
        self._stop.ask()
        return Scan(tuple(shard), Reading((ScannedHost("192.0.2.2", (), 1000, 0),), False))


def test_an_audit_that_is_stopped_keeps_what_it_saw_and_says_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Stop()
    facts = audit(monkeypatch, StoppedNmap(stop), "192.0.2.1", stop=stop, profile="standard")
    assert [[port.number for port in host.ports] for host in facts.hosts] == [[443]]
    assert facts.unfinished == ("192.0.2.1",)
    (gap,) = facts.gaps
    assert gap.section == "hosts"
    assert "192.0.2.1 (1) not examined to the end" in gap.reason.en


class Site(Nobody):
    """Finds a site."""

    def run(self) -> Port:
        return Port(self._port, http=Http(200))


@pytest.mark.parametrize("where", ["before the second look", "during it"])
def test_a_stop_around_the_second_look_leaves_its_hosts_for_the_next_audit(
    monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    stop, looked = Stop(), []
    opened = ScannedHost("192.0.2.1", (ScannedPort(80, "tcp"),), 999, 0)

    def look(self: SiteQuestions) -> Host:
        if self._host.ports:
            looked.append(self)
            stop.ask()
        return self._host

    monkeypatch.setattr(SiteQuestions, "run", look)
    search = collect_audit.Audit.run

    def run(self: Any) -> tuple[Host, ...]:
        hosts = search(self)
        if where.startswith("before"):
            stop.ask()
        return hosts

    monkeypatch.setattr(collect_audit.Audit, "run", run)
    silent = ScannedHost("192.0.2.2", (), 1000, 0)
    fake = FakeNmap(Reading((opened, silent), True))
    facts = audit(monkeypatch, fake, "192.0.2.1", "192.0.2.2", stop=stop, conversation=Site)
    assert len(looked) == (0 if where.startswith("before") else 1)
    assert facts.unfinished == ("192.0.2.1",)
    assert ["192.0.2.1 (1) not examined" in gap.reason.en for gap in facts.gaps if gap.section == "hosts"] == [True]


@pytest.mark.parametrize("profile", ["fragile", "gentle"])
def test_the_fragile_profile_writes_to_no_machine_of_a_domain(monkeypatch: pytest.MonkeyPatch, profile: Any) -> None:
    paces: list[Any] = []
    monkeypatch.setattr(collect_search, "find_open", lambda shard, *_, **__: Scan(tuple(shard), Reading((), True)))

    def read(_order: object, _resolver: object, _inside: object, pace_of: Any, _authorities: object) -> DomainReading:
        paces.append(pace_of)
        return DomainReading(Domain("a.test"))

    monkeypatch.setattr(collect_around, "read_domain", read)
    monkeypatch.setattr(collect.Resolver, "alive", lambda _: True)
    monkeypatch.setattr(collect.Resolver, "ask", lambda *_: Answer(State.EMPTY))
    order = collect.Request(
        ("192.0.2.1",), {**MANDATE, "scope": ["192.0.2.0/24", "a.test"]}, "22", profile, domains=("a.test",)
    )
    stop = Stop()
    monkeypatch.setattr(collect, "Nmap", lambda: FakeNmap(Reading((), True)))
    collect.collect(order, Context({}, lambda *_: None, NOW, stop))
    (pace_of,) = paces
    if profile == "fragile":
        assert pace_of is None
    else:
        pace = pace_of("192.0.2.1")
        assert (pace.seconds, pace.stop) == (1.0, stop)
        assert pace_of("192.0.2.1") is pace


def test_the_next_audit_can_take_what_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Stop()
    left = audit(monkeypatch, StoppedNmap(stop), "192.0.2.1", stop=stop).unfinished
    whole = audit(monkeypatch, FakeNmap(Reading((ScannedHost("192.0.2.1", (), 1000, 0),), True)), *left)
    assert (whole.targets, whole.unfinished) == (("192.0.2.1",), ())


def test_what_is_taken_up_again_asks_of_the_whole_what_names_and_domains_lead_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of the hosts that were done: those that a name leads to since for their sites, the mail servers for DANE."""
    mail = Port(25, Service("smtp", traits=("relay_refused",)))
    done = (
        Host("192.0.2.1", ("mx.a.test",), (mail,), 999),
        Host("192.0.2.2", ("www.a.test",), (Port(80, http=Http(200)),), 999),
        Host("192.0.2.3", (), (Port(80, http=Http(200)),), 999),
    )
    first = dataclasses.replace(HEALTHY, hosts=(*done, Host("192.0.2.4")), unfinished=("192.0.2.4",))
    out = tmp_path / "first.care"
    write_archive(out, Manifest("exposure", 1, "t", NOW.isoformat(), NOW.isoformat(), "tests"), first)
    domain = Domain("a.test", mail_servers=(MailServer("mx.a.test", tlsa=("3 1 1 00",), signed=True),))
    led = {"192.0.2.1": "mx.a.test", "192.0.2.2": "www.a.test", "192.0.2.3": "new.a.test"}

    def before(self: Any, area: Any, _say: object) -> None:
        self.domains = (domain,)
        for address, name in led.items():
            area.addresses[ip_address(address)].append(name)

    asked: list[tuple[str, tuple[str, ...], str]] = []

    def look(self: SiteQuestions) -> Host:
        asked.append((self._host.address, self._host.names, self._own))
        return self._host

    compared: list[str] = []
    monkeypatch.setattr(collect_around.Around, "before", before)
    monkeypatch.setattr(SiteQuestions, "run", look)
    monkeypatch.setattr(
        collect_mail, "certificate_behind_starttls", lambda reach: compared.append(reach.address) or b""
    )
    fake = FakeNmap(Reading((ScannedHost("192.0.2.4", (), 1000, 0),), True))
    addressed = [f"192.0.2.{number}" for number in (1, 2, 3, 4)]
    whole = audit(monkeypatch, fake, *addressed, earlier=str(out))
    assert [host.address for host in whole.hosts] == addressed
    assert asked == [("192.0.2.3", ("new.a.test",), ""), ("192.0.2.4", (), "")]
    assert compared == ["192.0.2.1"], "its certificate is compared with DANE though it was done"
    assert whole.unfinished == ()


def test_without_raw_sockets_and_at_a_strict_rate_ports_are_found_by_connections(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[int, int]] = []

    def found(addresses: Any, _ports: object, rate: Rate, _follow: object, waiting_per_host: int = 0) -> Scan:
        asked.append((rate.per_host, waiting_per_host))
        return Scan(tuple(addresses), Reading((ScannedHost("192.0.2.1", (), 1000, 0),), True))

    monkeypatch.setattr(collect_search, "find_open", found)
    fake = FakeNmap(Reading((), False))
    for profile in ("fragile", "gentle"):
        assert audit(monkeypatch, fake, "192.0.2.1", profile=profile).raw_scans == ()
    fake.raw_sockets = False
    audit(monkeypatch, fake, "192.0.2.1", profile="standard")
    assert asked == [(5, 1), (5, 0), (500, 0)]


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
    facts = audit(monkeypatch, FakeNmap(Reading((ScannedHost("192.0.2.1", (seen,), 0, 0),), True)), "192.0.2.1")
    assert [gap.section for gap in facts.gaps] == sections
    assert facts.hosts[0].ports[0].service.name == (seen.name if seen.probed else "")


def test_what_nmap_names_on_an_odd_port_is_questioned_further(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Redis(Nobody):
        def ask(self, protocol: str) -> Port:
            asked.append(protocol)
            return Port(7000, Service("redis", open_access=True))

    seen = ScannedPort(7000, "tcp", "redis", probed=True)
    fake = FakeNmap(Reading((ScannedHost("192.0.2.1", (seen,), 0, 0),), True))
    facts = audit(monkeypatch, fake, "192.0.2.1", conversation=Redis)
    assert asked == ["redis"]
    assert facts.hosts[0].ports[0].service.open_access


class Mute(Nobody):
    """A conversation in which not a byte is heard."""

    def __init__(self, reach: Reach, *_: object) -> None:
        super().__init__(reach)
        reach.heard = False


@pytest.mark.parametrize(
    ("conversation", "stirs", "mute"), [(Nobody, False, False), (Mute, False, True), (Mute, True, False)]
)
def test_only_a_port_that_answered_nothing_is_spared_the_questions_of_any_port(
    monkeypatch: pytest.MonkeyPatch, conversation: Any, stirs: bool, mute: bool
) -> None:
    asked: list[bool] = []

    class Curious(FakeNmap):
        def name_services(self, address: Address, *more: Any) -> Scan:
            asked.append(more[3])
            return super().name_services(address)

    class Line:
        def ask(self, _message: bytes) -> bytes:
            return b"?" if stirs else b""

    monkeypatch.setattr(Reach, "call", lambda _self: contextlib.nullcontext(Line()))
    seen = ScannedHost("192.0.2.1", (ScannedPort(9999, "tcp"),), 0, 0)
    audit(monkeypatch, Curious(Reading((seen,), True)), "192.0.2.1", conversation=conversation)
    assert asked == [mute]


@pytest.mark.parametrize(("silent", "called"), [("25,100-102", (25, 100, 101, 102)), ("", tuple(range(2, 1001)))])
def test_ports_that_stayed_silent_are_called_once_more(
    monkeypatch: pytest.MonkeyPatch, silent: str, called: tuple[int, ...]
) -> None:
    """A loss may have hidden one from nmap; those it does not name are all of them but the open ones."""
    given: list[Any] = []

    def again(wanted: Any, _rate: object, follow: Any) -> Scan:
        given.append(dict(wanted))
        follow.opened("192.0.2.1", 100)
        later = ScannedHost("192.0.2.1", (ScannedPort(100, "tcp"),), 1, 2)
        return Scan(tuple(wanted), Reading((later,), True))

    monkeypatch.setattr(collect_search, "look_again", again)
    seen = ScannedHost("192.0.2.1", (ScannedPort(1, "tcp"),), 995, 4, silent)
    facts = audit(monkeypatch, FakeNmap(Reading((seen,), True)), "192.0.2.1")
    assert given == [{ip_address("192.0.2.1"): called}]
    (host,) = facts.hosts
    assert [port.number for port in host.ports] == [1, 100]
    assert (host.closed, host.filtered) == (996, 2)


def test_a_host_whose_second_look_was_cut_short_is_not_examined_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_search, "look_again", lambda wanted, *_: Scan(tuple(wanted), Reading((), False)))
    seen = ScannedHost("192.0.2.1", (ScannedPort(1, "tcp"),), 0, 999)
    facts = audit(monkeypatch, FakeNmap(Reading((seen,), True)), "192.0.2.1")
    assert facts.unfinished == ("192.0.2.1",)
    assert [gap.section for gap in facts.gaps] == ["hosts"]


def test_a_host_that_answers_everywhere_is_not_called_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_search, "look_again", pytest.fail)
    monkeypatch.setattr(collect_conversations, "accepts_anything", lambda *_: True)
    ports = tuple(ScannedPort(number, "tcp") for number in range(1, 30))
    audit(monkeypatch, FakeNmap(Reading((ScannedHost("192.0.2.1", ports, 0, 971),), True)), "192.0.2.1")


@pytest.mark.parametrize(
    ("port", "name"),
    [(9100, "raw-printing"), (9104, "raw-printing"), (9101, ""), (9103, ""), (19999, ""), (20000, ""), (4001, ""),
     (4006, ""), (10001, "")],
)  # fmt: skip
def test_a_number_that_others_use_too_accuses_nobody(port: int, name: str) -> None:
    assert SILENT_PORTS[port] == name


@pytest.mark.parametrize(
    ("port", "asked"), [(2575, []), (502, []), (9100, []), (9102, []), (4001, []), (20000, []), (8000, [8000])]
)
def test_nmap_never_asks_a_port_that_must_receive_nothing(
    monkeypatch: pytest.MonkeyPatch, port: int, asked: list[int]
) -> None:
    given: list[int] = []

    class Curious(FakeNmap):
        def name_services(self, address: Address, ports: Any, *_: object) -> Scan:  # type: ignore[override]
            given.extend(ports)
            return super().name_services(address)

    seen = ScannedHost("192.0.2.1", (ScannedPort(port, "tcp"),), 0, 0)
    audit(monkeypatch, Curious(Reading((seen,), True)), "192.0.2.1")
    assert given == asked
