"""Drives nmap through python-nmap, fenced: hosts only as validated addresses, options only from the tables below.

python-nmap splits its `hosts` like a shell and puts them before the options, so nothing but `str(ip_address)` is ever
given to it. Its dictionary is not used: the raw XML is kept as evidence and read by `read_nmap`.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import nmap

from scanners.errors import CollectError
from scanners.exposure.facts import RawScan
from scanners.exposure.ports import ADDED_PORTS
from scanners.exposure.read_nmap import Reading, read_nmap
from scanners.exposure.targets import Address, parse_ports, write_ports

_SEARCH_PATH = os.pathsep.join(
    (os.environ.get("PATH", ""), "/usr/bin", "/usr/local/bin", "/usr/sbin", "/opt/local/bin")
)
_FIND_OPEN = ("-n", "-Pn", "-T4", "--max-retries", "2")
"""No name resolution (done and checked before), no ping (hosts of the Internet often ignore it), two retries: with
none, 7 open ports of 174 are missed at 2 % loss. Never `--host-timeout`: a host that times out loses its ports."""
_NAME_SERVICES = ("-n", "-Pn", "-T4", "--max-retries", "2", "-sV", "--version-light")
_HOSTS_PER_SHARD = 32
_SHARDS_AT_ONCE = 4
_MAX_KEPT_XML = 256 * 1024
"""Compressed bytes of one XML kept in the facts; a larger one is represented by its hash."""
_RAW_SOCKET_WORDS = ("raw socket", "not permitted", "requires root", "privileges")


@dataclass(frozen=True, slots=True)
class Scan:
    """What one run of nmap gave: its hosts, its raw XML as evidence, and what it complained of when it failed."""

    asked: tuple[Address, ...]
    reading: Reading
    raw: RawScan
    complaint: str = ""


class Nmap:
    """The nmap of this machine. CollectError when there is none."""

    def __init__(self) -> None:
        path = shutil.which("nmap", path=_SEARCH_PATH)
        if path is None:
            raise CollectError(
                "nmap n’est pas installé sur cette machine ; installez-le (Debian : apt install nmap) puis relancez.",
                "nmap is not installed on this machine; install it (Debian: apt install nmap) and run the audit again.",
            )
        self._path = path
        self._raw_sockets = os.geteuid() == 0
        self.version = ".".join(str(part) for part in self._scanner().nmap_version())

    def usual_ports(self) -> tuple[int, ...]:
        """nmap's own top 1,000 TCP ports with the health, building and administration ports added."""
        scanner = self._scanner()
        self._run(scanner, "", None, ("--top-ports", "1000", "-sT"))
        services = _services(_output(scanner))
        if not services:
            raise CollectError(
                f"nmap ({self._path}) ne dit pas quels ports il connaît ; réinstallez-le, ou donnez les ports.",
                f"nmap ({self._path}) does not tell which ports it knows; install it again, or give the ports.",
            )
        return tuple(sorted({*parse_ports(services), *ADDED_PORTS}))

    def find_open(self, shard: Sequence[Address], ports: Sequence[int], packets_per_second: int) -> Scan:
        """The open ports of some addresses of one family, at that many packets per second at most."""
        rate = ("--min-rate", str(packets_per_second), "--max-rate", str(packets_per_second))
        scan = self._scan(shard, ports, (*_FIND_OPEN, *rate, *self._technique()))
        if self._raw_sockets and any(word in scan.complaint for word in _RAW_SOCKET_WORDS):
            self._raw_sockets = False
            return self.find_open(shard, ports, packets_per_second)
        return scan

    def name_services(self, address: Address, ports: Sequence[int]) -> Scan:
        """What nmap's light version detection says of the open ports of one address."""
        return self._scan([address], ports, (*_NAME_SERVICES, *self._technique()))

    def _technique(self) -> tuple[str, ...]:
        return ("-sS",) if self._raw_sockets else ("-sT",)

    def _scan(self, hosts: Sequence[Address], ports: Sequence[int], options: tuple[str, ...]) -> Scan:
        scanner = self._scanner()
        family = ("-6",) if hosts[0].version == 6 else ()
        complaint = self._run(scanner, " ".join(str(host) for host in hosts), write_ports(ports), (*options, *family))
        xml = _output(scanner)
        return Scan(tuple(hosts), read_nmap(io.BytesIO(xml)), _evidence(xml), complaint)

    def _run(self, scanner: Any, hosts: str, ports: str | None, options: tuple[str, ...]) -> str:  # noqa: ANN401 - untyped
        """What nmap complained of, in lower case; empty when it did not (or was killed: the XML comes instead)."""
        try:
            scanner.scan(hosts=hosts, ports=ports, arguments=" ".join(options))
        except nmap.PortScannerError as error:
            complaint = str(error).lower()
            return "" if "<nmaprun" in complaint else complaint
        return ""

    def _scanner(self) -> Any:  # noqa: ANN401 - python-nmap is not typed
        return nmap.PortScanner(nmap_search_path=(self._path,))


def shards(addresses: Iterable[Address], hosts: int = _HOSTS_PER_SHARD) -> list[tuple[Address, ...]]:
    """Groups of addresses of one family, small enough to show progress and to lose little when one breaks."""
    found: list[tuple[Address, ...]] = []
    for version in (4, 6):
        family = [address for address in addresses if address.version == version]
        size = max(1, min(hosts, -(-len(family) // _SHARDS_AT_ONCE)))
        found += [tuple(family[at : at + size]) for at in range(0, len(family), size)]
    return found


def in_parallel(jobs: Sequence[Callable[[], Scan]], done: Callable[[int], None]) -> list[Scan]:
    """Run scans, four at a time; `done` is told how many have ended, from any thread."""
    lock, ended = threading.Lock(), 0

    def one(job: Callable[[], Scan]) -> Scan:
        nonlocal ended
        scan = job()
        with lock:
            ended += 1
            done(ended)
        return scan

    with ThreadPoolExecutor(_SHARDS_AT_ONCE) as pool:
        return list(pool.map(one, jobs))


def _output(scanner: Any) -> bytes:  # noqa: ANN401 - python-nmap is not typed
    output = scanner.get_nmap_last_output()
    return output if isinstance(output, bytes) else str(output or "").encode()


def _services(xml: bytes) -> str:
    return xml.partition(b' services="')[2].partition(b'"')[0].decode()


def _evidence(xml: bytes) -> RawScan:
    packed = gzip.compress(xml, mtime=0)
    kept = base64.b64encode(packed).decode() if len(packed) <= _MAX_KEPT_XML else ""
    return RawScan(hashlib.sha256(xml).hexdigest(), kept)
