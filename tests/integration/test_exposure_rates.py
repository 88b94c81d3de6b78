"""How often one address is called, by the clock of the kernel: every call of an audit is seen leaving for the zone."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanners.collection import Limits, collect_in_child
from scanners.exposure.collect_profiles import PROFILES
from scanners.exposure.mandate import parse_mandate
from tests.lab import stage
from tests.lab.exposure import zone_network, zone_plan

pytestmark = pytest.mark.lab

_ALL_PACKETS, _OUTGOING = 0x0003, 4
_SO_RCVBUFFORCE, _SO_TIMESTAMPNS = 33, 35
_SOL_PACKET, _PACKET_STATISTICS = 263, 6
_TCP, _SYN, _SYN_OR_ACK = 6, 0x02, 0x12
_TIMESPEC = struct.Struct("@ll")


@dataclass
class Calls:
    """When each address was sent a call (a SYN), in seconds of the kernel."""

    at: dict[str, list[float]] = field(default_factory=dict)

    def busiest_second(self) -> dict[str, int]:
        """The most calls to each address within one second."""
        return {address: _busiest(sorted(times)) for address, times in self.at.items()}


def _busiest(times: list[float]) -> int:
    first, most = 0, 0
    for last, moment in enumerate(times):
        while moment - times[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


@contextmanager
def watching_calls() -> Iterator[Calls]:
    """Every call that leaves by the link of this thread's namespace; it fails when the kernel had to skip one."""
    seen, over = Calls(), threading.Event()
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ALL_PACKETS)) as tap:
        tap.bind((zone_network.LINK, _ALL_PACKETS))
        tap.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 64 << 20)
        tap.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        tap.settimeout(0.1)
        thread = threading.Thread(target=_note, args=(tap, seen, over))
        thread.start()
        try:
            yield seen
        finally:
            over.set()
            thread.join()
        skipped = struct.unpack("II", tap.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))[1]
        assert skipped == 0, "the watch was too slow: it proves nothing"


def _note(tap: socket.socket, seen: Calls, over: threading.Event) -> None:
    while True:
        try:
            packet, told, _, place = tap.recvmsg(128, 128)
        except TimeoutError:
            if over.is_set():
                return
            continue
        if place[2] != _OUTGOING or packet[0] >> 4 != 4 or packet[9] != _TCP:
            continue
        flags = packet[(packet[0] & 15) * 4 + 13]
        if flags & _SYN_OR_ACK == _SYN:
            seconds, nanoseconds = _TIMESPEC.unpack(told[0][2])
            seen.at.setdefault(socket.inet_ntoa(packet[16:20]), []).append(seconds + nanoseconds / 1e9)


def calls_of(zone: stage.Description, folder: Path, **changes: Any) -> Calls:
    """The calls of one audit of ports where nothing listens: a part of the hosts refuse, the others drop."""
    mandate = parse_mandate(yaml.safe_load(Path(zone["mandate"]).read_text())).to_mapping()
    order = {"mandate": mandate, **changes}

    def audit() -> Calls:
        with watching_calls() as seen:
            collect_in_child("exposure", order, {}, folder / "facts", Limits(seconds=120))
        return seen

    return zone_network.inside(zone["scan"], audit)


@pytest.mark.parametrize(("profile", "ports"), [("gentle", 20), ("fragile", 10)])
def test_a_gentle_audit_calls_an_address_five_times_a_second_at_most(
    zone: stage.Description, tmp_path: Path, profile: str, ports: int
) -> None:
    targets = zone["targets"][:8]
    seen = calls_of(zone, tmp_path, targets=targets, ports=f"7001-{7000 + ports}", profile=profile)
    assert set(seen.at) == set(targets)
    assert min(map(len, seen.at.values())) >= ports, "each port is called"
    assert max(map(len, seen.at.values())) >= 2 * ports, "some hosts drop, and are called again"
    allowed = PROFILES[profile].packets_per_host
    assert max(seen.busiest_second().values()) <= allowed + 1, "the sixth ends the second that the first began"
    gaps = [later - call for times in seen.at.values() for call, later in pairwise(sorted(times))]
    assert sum(gap < 0.9 / allowed for gap in gaps) <= len(gaps) * 0.02, "evenly, but for a late thread"


def test_a_standard_audit_keeps_the_cap_of_an_address_to_the_last_host_of_a_group(
    zone: stage.Description, tmp_path: Path
) -> None:
    """Eleven hosts that refuse are soon done with; one that drops is called again, alone in its group."""
    dropping = set(zone_plan.dropping())
    refusing = [address for address in zone["targets"] if address not in dropping]
    lonely = [address for address in zone["targets"] if address in dropping]
    targets = [address for turn in range(4) for address in (*refusing[turn * 11 :][:11], lonely[turn])]
    seen = calls_of(zone, tmp_path, targets=targets, ports="7000-7599", profile="standard")
    assert set(seen.at) == set(targets)
    busiest = seen.busiest_second()
    allowed = PROFILES["standard"].packets_per_host
    assert max(busiest.values()) <= allowed * 1.1, busiest
    assert max(busiest.values()) > allowed / 2, "no host was ever alone: this proves nothing"
