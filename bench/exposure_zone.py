"""The exposure audit of a zone of 128 hosts beside bare nmap, at a round trip of 20 ms, with losses, without root.

    .venv/bin/python -m bench.exposure_zone [--rounds 2] [--apart] [--only audit,peers,loss,connections,cancel]

Starts the lab's zone (root, nftables and the lab's packages are needed). The audit is the whole one of the *standard*
profile, rules included: TLS, SSH and HTTP are looked at as well, which bare nmap does not do. The scans of nmap take
minutes and nearly no processor: they run at the same time as one another, never as the audit, unless `--apart`.
About 11 minutes; 9 with `--rounds 1`.
"""

from __future__ import annotations

import argparse
import io
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import yaml

from scanners.collection import Cancelled, Limits, collect_in_child
from scanners.exposure.collect_connect import find_open
from scanners.exposure.collect_nmap import Follow, Nmap, Rate
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.mandate import parse_mandate
from scanners.exposure.read_nmap import read_nmap
from scanners.exposure.targets import parse_ports, write_ports
from scanners.model import Text
from scanners.result import judge
from scanners.stopping import Stop
from tests.lab import stage
from tests.lab.__main__ import DEFAULT_CACHE
from tests.lab.exposure import zone as lab_zone
from tests.lab.exposure import zone_network
from tests.lab.exposure.zone_network import inside

ROUND_TRIP_MS = 20
LOSS_PERCENT = 2
LIGHT, DEFAULT, WITHOUT_ROOT = 2.5, 5.0, 1.0
"""Times as fast as `-sV --version-light` on the same ports, as `-sV` on the top 1,000, as `-sT` without root."""
NAMED = 0.98
FIRST_SECONDS, CANCEL_SECONDS = 2.0, 3.0
_LIMIT_SECONDS = 600.0
_CANCEL_AFTER, _DYING_SECONDS = 8.0, 0.5
"""A process that was killed is still listed while the kernel takes it apart."""

Place = tuple[str, int]
Found = dict[Place, bool]
"""Open TCP port -> whether its service was named (rightly, for ours)."""
PARTS = ("audit", "peers", "loss", "connections", "cancel")


@dataclass(frozen=True)
class Run:
    """One scan: its seconds, what it found, and when its first host was on the screen."""

    seconds: float
    found: Found
    first: float = 0.0


class Zone:
    """The zone as the bench sees it: only its 128 IPv4 addresses, since one nmap cannot scan both families."""

    def __init__(self, told: stage.Description, ports: str, folder: Path) -> None:
        self.told, self.ports, self._folder = told, ports, folder
        self.targets: list[str] = told["targets"]
        here = [service for service in told["services"] if service["address"] in set(self.targets)]
        self.planted = {(service["address"], service["port"]): service for service in here}
        mandate = parse_mandate(yaml.safe_load(Path(told["mandate"]).read_text())).to_mapping()
        self._order: dict[str, Any] = {
            "targets": self.targets,
            "mandate": mandate,
            "profile": "standard",
            "ca_pem": Path(told["ca"]).read_text(),
        }

    def audit(self) -> Run:
        """One whole audit, rules included."""
        firsts: list[float] = []
        began = time.perf_counter()

        def progress(_share: float, text: Text) -> None:
            if not firsts and " answers" in text.en:
                firsts.append(time.perf_counter() - began)

        limits = Limits(seconds=_LIMIT_SECONDS)
        archive = collect_in_child("exposure", self._order, {}, self._folder / "facts", limits, progress)
        judge(archive)
        return Run(time.perf_counter() - began, self._named(archive.facts), firsts[0] if firsts else 0.0)

    def cancelled(self) -> float:
        """Seconds between the wish to stop an audit and its end."""
        began = time.perf_counter()

        def asked() -> bool:
            return time.perf_counter() - began > _CANCEL_AFTER

        try:
            collect_in_child("exposure", self._order, {}, self._folder / "cancelled", cancelled=asked)
        except Cancelled:
            return time.perf_counter() - began - _CANCEL_AFTER
        raise stage.LabError(f"The audit ended within {_CANCEL_AFTER} s: it was not cancelled.")

    def nmap(self, *options: str) -> Run:
        """One bare nmap on the same addresses."""
        command = ["nmap", "-n", "-Pn", "-T4", *options, "-oX", "-", *self.targets]
        began = time.perf_counter()
        xml = subprocess.run(command, check=True, capture_output=True).stdout
        seconds = time.perf_counter() - began
        hosts = read_nmap(io.BytesIO(xml)).hosts
        return Run(seconds, {(host.address, port.number): port.probed for host in hosts for port in host.ports})

    def connections(self, ports: Sequence[int]) -> Run:
        """Our search of open ports without raw sockets, alone."""
        addresses = [ip_address(target) for target in self.targets]
        began = time.perf_counter()
        scan = find_open(addresses, ports, Rate(500, 8000), Follow(Stop(), _LIMIT_SECONDS))
        seconds = time.perf_counter() - began
        return Run(seconds, {(host.address, port.number): True for host in scan.reading.hosts for port in host.ports})

    def _named(self, facts: ExposureFacts) -> Found:
        found: Found = {}
        for end in facts.endpoints():
            if end.port.protocol == "tcp":
                planted = self.planted.get((end.host.address, end.port.number), {"name": "", "product": ""})
                same = end.service.name == planted["name"] != ""
                found[end.host.address, end.port.number] = same and _holds(end.service.product, planted["product"])
        return found


def _holds(told: str, planted: str) -> bool:
    return planted.lower() in told.lower()


class Table:
    """The lines printed and whether every gate is kept."""

    def __init__(self, planted: set[Place]) -> None:
        self.planted, self.kept = planted, True

    def row(self, label: str, runs: Sequence[Run]) -> None:
        """One method: its median, and what its worst round found, named and invented."""
        seconds = statistics.median(run.seconds for run in runs)
        worst = min(runs, key=lambda run: len(self.planted & set(run.found)))
        seen = self.planted & set(worst.found)
        named = sum(worst.found[place] for place in seen)
        invented = max(len(set(run.found) - self.planted) for run in runs)
        total = len(self.planted)
        print(f"| {label} | {seconds:.1f} | {len(seen)}/{total} | {named}/{total} | {invented} |", flush=True)

    def gate(self, label: str, value: float, kept: bool, wanted: str) -> None:
        """One gate, with what was measured."""
        print(f"{label}: {value:.1f}; gate {wanted}: {'kept' if kept else 'PASSED OVER'}", flush=True)
        self.kept &= kept

    def recall(self, label: str, runs: Sequence[Run]) -> None:
        """Every planted port found in every round, and nothing else."""
        wrong = sum(len(self.planted ^ set(run.found)) for run in runs)
        self.gate(f"{label}: ports missed or invented", wrong, wrong == 0, "0")


def measure(zone: Zone, chosen: Sequence[str], rounds: int, apart: bool) -> bool:
    """Print the table of the chosen parts; whether every gate is kept."""
    table = Table(set(zone.planted))
    scan, octet = zone.told["scan"], zone.told["octet"]
    print("| method | seconds (median) | found | named | invented |\n|---|---|---|---|---|", flush=True)
    audits: list[Run] = []
    if "audit" in chosen:
        audits = [inside(scan, zone.audit) for _ in range(rounds)]
        table.row("CaRE, whole audit, rules included", audits)
    if "loss" in chosen:
        zone_network.lose(octet, LOSS_PERCENT)
        lossy = [inside(scan, zone.audit)]
        zone_network.lose(octet, 0)
        table.row(f"CaRE, the same with {LOSS_PERCENT} % lost each way", lossy)
        table.recall("with losses", lossy)
    ours = _connections(zone, table) if "connections" in chosen else None
    if "peers" in chosen:
        _compare(zone, table, audits, ours, apart)
    if audits:
        _qualities(zone, table, audits)
    if "cancel" in chosen:
        seconds = inside(scan, zone.cancelled)
        time.sleep(_DYING_SECONDS)
        left = len(zone_network.processes(scan))
        table.gate("seconds to cancel", seconds, seconds <= CANCEL_SECONDS, f"≤ {CANCEL_SECONDS}")
        table.gate("processes left by a cancelled audit", left, left == 0, "0")
    return table.kept


def _connections(zone: Zone, table: Table) -> Run:
    """Without raw sockets: the search alone, then the whole audit."""
    ports = [int(port) for port in Nmap().usual_ports()]
    search = inside(zone.told["scan"], lambda: zone.connections(ports))
    table.row("CaRE, open ports without raw sockets", [search])

    def audit() -> Run:
        zone_network.drop_raw_sockets()
        return zone.audit()

    whole = inside(zone.told["scan"], audit)
    table.row("CaRE, whole audit without raw sockets", [whole])
    table.recall("without raw sockets", [search, whole])
    return search


def _compare(zone: Zone, table: Table, audits: Sequence[Run], search: Run | None, apart: bool) -> None:
    """The peers, and how many times as fast we are."""
    same = f"same {len(parse_ports(zone.ports)):,} ports"
    peers = {
        f"nmap -sS -sV --version-light, {same}": ("-sS", "-sV", "--version-light", "-p", zone.ports),
        "nmap -sS -sV, its top 1,000": ("-sS", "-sV", "--top-ports", "1000"),
        f"nmap -sT, {same}, no version": ("-sT", "-p", zone.ports),
    }

    def one(options: tuple[str, ...]) -> Run:
        return inside(zone.told["scan"], lambda: zone.nmap(*options))

    with ThreadPoolExecutor(1 if apart else len(peers)) as pool:
        runs = dict(zip(peers, pool.map(one, peers.values()), strict=True))
    for label, run in runs.items():
        table.row(label, [run])
    light, default, connections = runs.values()
    if audits:
        median = statistics.median(run.seconds for run in audits)
        for label, peer, gate in (("light", light, LIGHT), ("its top 1,000", default, DEFAULT)):
            ratio = peer.seconds / median
            table.gate(f"times as fast as nmap -sV, {label}", ratio, ratio >= gate, f"≥ {gate}")
    if search is not None:
        ratio = connections.seconds / search.seconds
        table.gate("times as fast as nmap -sT", ratio, ratio >= WITHOUT_ROOT, f"≥ {WITHOUT_ROOT}")


def _qualities(zone: Zone, table: Table, audits: Sequence[Run]) -> None:
    table.recall("usual audit", audits)
    named = min(sum(run.found.values()) for run in audits) / len(zone.planted)
    table.gate("services rightly named, %", 100 * named, named >= NAMED, f"≥ {100 * NAMED:.0f}")
    first = statistics.median(run.first for run in audits)
    table.gate("seconds until the first host is told", first, 0 < first <= FIRST_SECONDS, f"≤ {FIRST_SECONDS}")


def main() -> int:
    """Start the zone, measure, stop it; exit code 1 when a gate is passed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=2, help="rounds of the usual audit (default 2)")
    parser.add_argument("--apart", action="store_true", help="nmap's scans one after the other (5 minutes more)")
    parser.add_argument("--only", default=",".join(PARTS), help=f"comma-separated, among {', '.join(PARTS)}")
    arguments = parser.parse_args()
    return run(tuple(arguments.only.split(",")), arguments.rounds, arguments.apart)


def run(chosen: Sequence[str], rounds: int, apart: bool) -> int:
    """The whole bench; 0 when every gate is kept."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name, stage.own_octet() as octet:
        folder = Path(name)
        try:
            lab_zone.build(DEFAULT_CACHE)
            told = lab_zone.start(folder, DEFAULT_CACHE, octet, ROUND_TRIP_MS)
            kept = measure(Zone(told, write_ports(Nmap().usual_ports()), folder), chosen, rounds, apart)
        finally:
            lab_zone.stop(folder)
    print(f"{time.monotonic() - began:.0f} s in all")
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
