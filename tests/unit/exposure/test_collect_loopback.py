"""A whole audit on loopback without raw sockets: nothing is said to devices, stops and doubles are what they should."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from scanners.collect import Context
from scanners.exposure import collect, collect_profiles, ports
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.mandate import parse_mandate
from scanners.stopping import Stop

ADDRESS = "127.92.0.1"
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
MANDATE = parse_mandate(
    {
        "authorised_by": "D", "role": "D", "reference": "R", "scope": ["127.92.0.0/24"],
        "valid_from": "2026-01-01", "valid_to": "2026-12-31",
    }
).to_mapping()  # fmt: skip


class Listener:
    """A device that accepts, says nothing and counts what it is told."""

    def __init__(self, stack: ExitStack) -> None:
        self.calls, self.bytes = 0, 0
        self._socket = stack.enter_context(socket.create_server((ADDRESS, 0)))
        self.port = self._socket.getsockname()[1]
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()
        stack.callback(self._thread.join)
        stack.callback(self._socket.shutdown, socket.SHUT_RDWR)

    def _accept(self) -> None:
        talks = []
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                break
            talks.append(threading.Thread(target=self._count, args=(line,)))
            talks[-1].start()
        for talk in talks:
            talk.join()

    def _count(self, line: socket.socket) -> None:
        with self._lock:
            self.calls += 1
        with line:
            try:
                while said := line.recv(4096):
                    with self._lock:
                        self.bytes += len(said)
            except OSError:
                return


class NoNmap:
    """An nmap that may not be needed."""

    version = "7.93"
    raw_sockets = False

    def name_services(self, *_: object) -> Any:
        pytest.fail("nmap was given a port that must receive nothing")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as found:
        yield found


def audit(monkeypatch: pytest.MonkeyPatch, port: int, profile: Any) -> ExposureFacts:
    monkeypatch.setattr(collect, "Nmap", NoNmap)
    order = collect.Request((ADDRESS, f"{ADDRESS}/32"), MANDATE, str(port), profile)
    return collect.collect(order, Context({}, lambda *_: None, NOW, Stop()))


@pytest.mark.parametrize("profile", ["gentle", "standard", "fragile"])
@pytest.mark.parametrize("name", ["hl7", "modbus", "s7", "bacnet", "raw-printing", ""])
def test_not_a_byte_is_sent_to_an_interface_engine_a_controller_or_a_printer(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch, profile: str, name: str
) -> None:
    device = Listener(stack)
    silent = {**ports.SILENT_PORTS, device.port: name}
    for module in ("collect_conversations", "collect_identify"):
        monkeypatch.setattr(f"scanners.exposure.{module}.SILENT_PORTS", silent)
    monkeypatch.setattr(collect, "PROFILES", {**collect_profiles.PROFILES, profile: hurried(profile)})
    (host,) = audit(monkeypatch, device.port, profile).hosts
    assert [(port.number, port.service.name) for port in host.ports] == [(device.port, name)]
    assert device.calls >= 1, "it was not even called: the count proves nothing"
    assert device.bytes == 0


def test_a_fragile_profile_says_nothing_to_anyone(stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    device = Listener(stack)
    monkeypatch.setattr(collect, "PROFILES", {"fragile": hurried("fragile")})
    (host,) = audit(monkeypatch, device.port, "fragile").hosts
    assert [port.service.name for port in host.ports] == [""]
    assert (device.calls >= 1, device.bytes) == (True, 0)


def hurried(profile: str) -> collect_profiles.Profile:
    """The profile with shorter waits between two conversations."""
    usual = collect_profiles.PROFILES[profile]
    seconds = min(usual.call_seconds, 0.05)
    return collect_profiles.Profile(
        usual.packets_per_host, usual.packets, seconds, usual.host_seconds, usual.connect_only
    )
