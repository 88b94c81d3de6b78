"""How gently hosts are treated: what each profile of an audit allows itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from scanners.exposure.collect_wire import CALLS_AT_ONCE, Pace
from scanners.exposure.never_written import NeverWritten
from scanners.stopping import Stop


@dataclass(frozen=True, slots=True)
class Profile:
    """How gently hosts are treated.

    `packets_per_host` and `packets` bound the packets per second of the port scan, for one host and for all;
    `call_seconds` is the delay between two conversations with one host, `host_seconds` what all of them may take;
    `connect_only` forbids to write anything, to send half-open connections and to open two of them at once.
    """

    packets_per_host: int
    packets: int
    call_seconds: float
    host_seconds: float
    connect_only: bool = False

    @property
    def gentle(self) -> bool:
        """Whether each host has its own strict rate, and is left in peace until its ports are known."""
        return self.call_seconds > 0

    def pace(self, stop: Stop, unwritten: NeverWritten, address: str) -> Pace:
        """How often one host may be called, and on which ports it is only listened to."""
        at_once = 1 if self.connect_only else CALLS_AT_ONCE
        return Pace(self.call_seconds, stop, at_once, partial(unwritten.forbids, address))


PROFILES: Mapping[str, Profile] = {
    "gentle": Profile(packets_per_host=5, packets=640, call_seconds=1.0, host_seconds=1800),
    "standard": Profile(packets_per_host=500, packets=10_000, call_seconds=0.0, host_seconds=300),
    "fragile": Profile(packets_per_host=5, packets=50, call_seconds=2.0, host_seconds=1800, connect_only=True),
}
"""`gentle` keeps to CERT Polska's 5 packets per second per host; `fragile` is for medical and building devices."""
