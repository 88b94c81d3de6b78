"""Ports that nobody may write to, and the questions that a person allowed."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from scanners.collect import Context
from scanners.errors import FieldError
from scanners.exposure import collect, collect_conversations
from scanners.exposure.collect_identify import Identification
from scanners.exposure.collect_udp import Heard
from scanners.exposure.collect_wire import ConversationOver, Pace, Reach, Wire
from scanners.exposure.facts import Allowed, Port, Service
from scanners.exposure.looked_at import looked_at
from scanners.exposure.never_written import MAX_LINES, NeverWritten, Permission, in_force, silent_lines
from scanners.exposure.ports import ASKABLE, HL7_PORTS, INDUSTRIAL_PORTS, PRINTER_PORTS, SILENT_PORTS
from scanners.exposure.read_nmap import Reading, ScannedHost, ScannedPort
from tests.lab.exposure import device_stubs
from tests.unit.exposure.specimens import facts, host
from tests.unit.exposure.test_collect import MANDATE, NOW, FakeNmap, Nobody
from tests.unit.exposure.test_conversations import server

DAY = date(2026, 6, 15)
BY = "Claire Durand, ingénieure biomédicale"


def allowed(*protocols: str) -> tuple[Allowed, ...]:
    return tuple(Allowed(protocol, DAY.isoformat(), BY) for protocol in protocols)


@pytest.mark.parametrize(
    ("line", "silent", "spoken"),
    [
        ("8080", [("192.0.2.1", 8080), ("2001:db8::1", 8080)], [("192.0.2.1", 8081)]),
        ("8080, 9000-9002", [("192.0.2.1", 9001)], [("192.0.2.1", 9003)]),
        ("192.0.2.7", [("192.0.2.7", 1), ("192.0.2.7", 443)], [("192.0.2.8", 443)]),
        ("192.0.2.0/28 443", [("192.0.2.3", 443)], [("192.0.2.3", 80), ("192.0.2.16", 443)]),
        ("2001:db8::1 25,80", [("2001:db8::1", 80)], [("2001:db8::2", 80)]),
        ("192.0.2.7", [("::ffff:192.0.2.7", 80)], [("2001:db8::7", 80)]),
        ("::ffff:192.0.2.7", [("192.0.2.7", 80)], [("192.0.2.6", 80)]),
    ],
)
def test_lines_silence_what_they_name(line: str, silent: list[tuple[str, int]], spoken: list[tuple[str, int]]) -> None:
    unwritten = NeverWritten.of([line])
    assert all(unwritten.forbids(*place) and unwritten.by_choice(*place) for place in silent)
    assert not any(unwritten.forbids(*place) or unwritten.by_choice(*place) for place in spoken)


@pytest.mark.parametrize(
    "line",
    ["", "pacs.hopital.fr", "192.0.2.7 http", "192.0.2.7:80", "0", "70000", "192.0.2.1/24", "8080 192.0.2.1", "-"],
)
def test_an_unreadable_line_is_refused_rather_than_forgotten(line: str) -> None:
    with pytest.raises(FieldError):
        silent_lines((line,))


def test_lines_are_counted() -> None:
    assert len(silent_lines(("8080",) * MAX_LINES)) == MAX_LINES
    with pytest.raises(FieldError, match="group them"):
        silent_lines(("8080",) * (MAX_LINES + 1))


def test_controllers_engines_and_printers_are_silent_by_themselves() -> None:
    unwritten = NeverWritten.of(())
    assert all(unwritten.forbids("192.0.2.1", port) for port in SILENT_PORTS)
    assert not unwritten.forbids("192.0.2.1", 443)
    assert NeverWritten.of((), everything=True).forbids("192.0.2.1", 443)


def test_a_permission_opens_its_own_protocol_and_nothing_else() -> None:
    unwritten = NeverWritten.of((), allowed(*ASKABLE))
    opened = {port for port in SILENT_PORTS if not unwritten.forbids("192.0.2.1", port)}
    assert opened == {port for port, name in INDUSTRIAL_PORTS.items() if name in ASKABLE}
    assert not opened & (HL7_PORTS | PRINTER_PORTS)


def test_what_the_establishment_chose_and_the_fragile_profile_are_stronger_than_a_permission() -> None:
    assert NeverWritten.of(["192.0.2.1 502"], allowed("modbus")).forbids("192.0.2.1", 502)
    assert NeverWritten.of((), allowed("modbus"), everything=True).forbids("192.0.2.1", 502)


def test_a_permission_ends_with_its_last_day() -> None:
    given = (Permission("modbus", "2026-06-15", BY), Permission("s7", "2026-06-14", BY))
    assert in_force(given, DAY) == allowed("modbus")


@pytest.mark.parametrize(
    "permission",
    [
        {"protocol": "hl7", "until": "2026-06-15", "by": BY},
        {"protocol": "modbus", "until": "demain", "by": BY},
        {"protocol": "modbus", "until": "2026-06-15", "by": ""},
        {"protocol": "modbus", "until": "2026-06-15"},
    ],
)
def test_a_permission_says_what_until_when_and_who(permission: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Permission).validate_python(permission)


# ---------------------------------------------------------------- the wire


def test_a_mute_wire_listens_and_never_writes() -> None:
    received: list[bytes] = []

    def talk(caller: socket.socket) -> None:
        caller.sendall(b"welcome")
        received.append(caller.recv(4096))

    with server(talk) as port, Reach("127.0.0.1", port, Pace(0, forbids=lambda _port: True)).call() as wire:
        assert wire.receive() == b"welcome"
        with pytest.raises(ConversationOver):
            wire.send(b"hello")
        with pytest.raises(ConversationOver):
            wire.ask(b"hello")
        with pytest.raises(ConversationOver):
            wire.start_tls(None, "")  # type: ignore[arg-type] - refused before it is looked at
    assert received == [b""]


def identified(kind: str, number: int, monkeypatch: pytest.MonkeyPatch, *protocols: str) -> tuple[Port, list[bytes]]:
    """A device of the zone, seen on loopback as if it were on its own port; what it received."""
    received: list[bytes] = []

    def talk(caller: socket.socket) -> None:
        while question := caller.recv(4096):
            received.append(question)
            caller.sendall(device_stubs.STREAMS[kind](question))

    with server(talk) as port:
        plain = Wire.__init__
        monkeypatch.setattr(Wire, "__init__", lambda self, at, _port, mute=False: plain(self, at, port, mute))
        unwritten = NeverWritten.of((), allowed(*protocols))
        pace = Pace(0, forbids=lambda one: unwritten.forbids("127.0.0.1", one))
        return Identification(Reach("127.0.0.1", number, pace)).run(), received


@pytest.mark.parametrize(
    ("kind", "number", "product", "version"),
    [("modbus", 502, "Schneider Electric TM221", "V1.5"), ("s7", 102, "CPU 315-2 PN/DP", "")],
)
def test_a_controller_is_asked_who_it_is_with_a_permission_only(
    monkeypatch: pytest.MonkeyPatch, kind: str, number: int, product: str, version: str
) -> None:
    other = "s7" if kind == "modbus" else "modbus"
    port, received = identified(kind, number, monkeypatch, other)
    assert (port.service, received) == (Service(kind, source="port"), [])
    monkeypatch.undo()
    port, received = identified(kind, number, monkeypatch, kind)
    assert (port.service.name, port.service.product, port.service.version) == (kind, product, version)
    assert port.service.source == "answer"
    assert all(len(question) < 64 for question in received)


def test_a_controller_that_keeps_silent_is_still_told_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    port, received = identified("hl7", 502, monkeypatch, "modbus")
    assert (port.service.name, port.service.source, len(received)) == ("modbus", "port", 1)


def test_an_engine_receives_nothing_whatever_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    port, received = identified("hl7", 2575, monkeypatch, *ASKABLE)
    assert (port.service.name, received) == ("hl7", [])


def test_a_controller_that_nmap_finds_elsewhere_was_not_allowed() -> None:
    assert Identification(Reach("127.0.0.1", 1503, Pace(0))).ask("modbus") is None


@pytest.mark.parametrize(
    ("kind", "number", "name", "open_access"),
    [("ipp", 631, "ipp", True), ("rtsp_open", 554, "rtsp", True), ("rtsp_password", 8554, "rtsp", False)],
)
def test_printers_and_cameras_are_named(
    monkeypatch: pytest.MonkeyPatch, kind: str, number: int, name: str, open_access: bool
) -> None:
    port, received = identified(kind, number, monkeypatch)
    assert (port.service.name, port.service.open_access) == (name, open_access)
    assert not any(word in b"".join(received) for word in (b"SETUP", b"PLAY", b"Print-Job", b"Authorization"))
    if kind == "ipp":
        assert port.service.product == "HP LaserJet M404"
        assert port.http is not None
        assert port.http.title == "LaserJet"


# ---------------------------------------------------------------- an audit


def test_an_audit_keeps_what_was_chosen_and_allowed_and_says_what_it_left(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = ScannedHost("192.0.2.1", (ScannedPort(22, "tcp"), ScannedPort(8080, "tcp")), 998, 0)
    fake = FakeNmap(Reading((seen,), True))
    monkeypatch.setattr(collect, "Nmap", lambda: fake)
    monkeypatch.setattr(collect_conversations, "ask_all", lambda *_: Heard())
    monkeypatch.setattr(collect_conversations, "Identification", Nobody)
    old = Permission("s7", "2026-06-14", BY)
    order = collect.Request(
        ("192.0.2.1",),
        MANDATE,
        profile="standard",
        never_written=("8080",),
        permissions=(Permission("bacnet", "2026-06-15", BY), old),
    )
    found = collect.collect(order, Context({}, lambda *_: None, NOW))
    assert (found.never_written, found.permissions) == (("8080",), allowed("bacnet"))
    assert "47808" in found.udp_ports
    (gap,) = found.gaps
    assert (gap.section, gap.subject) == ("services", "192.0.2.1:8080/tcp")


def test_a_port_nobody_may_ask_over_udp_is_not_told_to_be_gone() -> None:
    seen: Any = facts(host("192.0.2.1"))
    asked = replace(seen, udp_ports="53,161")
    assert looked_at(asked)("192.0.2.1:161/udp")
    assert not looked_at(replace(asked, never_written=("192.0.2.1 161",)))("192.0.2.1:161/udp")
    assert looked_at(replace(asked, never_written=("192.0.2.1 161",)))("192.0.2.1:53/udp")
