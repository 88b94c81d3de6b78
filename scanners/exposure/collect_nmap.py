"""Drives nmap through python-nmap, fenced: hosts only as validated addresses, options only from the tables below.

python-nmap finds nmap and tells its version. Its own `scan` is never called: it splits what it is given like a shell,
holds the whole answer in memory and cannot be cancelled. `Fenced.run` takes its place: a list of words (never a
string), the XML in a private file read as a stream, and an end as soon as it is asked for.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import selectors
import shutil
import socket
import subprocess
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import IO, Any

import nmap

from scanners.errors import CollectError
from scanners.exposure.facts import RawScan
from scanners.exposure.ports import ADDED_PORTS
from scanners.exposure.read_nmap import Reading, read_nmap
from scanners.exposure.targets import MAX_PORT, Address, parse_ports, write_ports
from scanners.stopping import Stop

_SEARCH_PATH = os.pathsep.join(
    (os.environ.get("PATH", ""), "/usr/bin", "/usr/local/bin", "/usr/sbin", "/opt/local/bin")
)
_QUIETLY = ("-n", "-Pn", "--noninteractive")
"""No name resolution (done and checked before), no ping (hosts of the Internet often ignore it), no keyboard."""
_FIND_OPEN = ("-sS", "-T4", "--max-retries", "2")
"""Retries: with none, 7 open ports of 174 are missed at 2 % loss. Never `--host-timeout`: a host that times out
loses its ports."""
_NAME_SERVICES = ("--max-retries", "2", "-sV")
_OF_ANY_PORT, _OF_ITS_NUMBER = ("--version-light",), ("--version-intensity", "0")
"""The questions asked of any port, and only those that its number suggests (nmap waits 5 s for each)."""
_AS_IT_GOES = ("-v", "--stats-every", "1s")
"""Open ports are told on standard output when they answer, and how far the search is."""
_XML = "scan.xml"
_USUAL = ("-sT", "--top-ports", "1000")
_HOSTS_PER_SHARD = 32
SHARDS_AT_ONCE = 20
"""Each goes no faster than one host may be called: its last host, which nmap gives all of the rate, is within it."""
_MAX_KEPT_XML = 256 * 1024
"""Compressed bytes of one XML kept in the facts; a larger one is represented by its hash."""
_MAX_COMPLAINT = 2000
_MAX_LINE = 4096
_POLL_SECONDS = 0.1
_OPENED = re.compile(rb"Discovered open port ([0-9]{1,5})/tcp on ([0-9a-fA-F.:]{2,45})\s*\Z")
_SHARE = re.compile(rb"About ([0-9]{1,3}\.[0-9]{2})% done")
_ENVIRONMENT = {"PATH": _SEARCH_PATH, "LC_ALL": "C"}
"""Not ours: neither its options nor its data files come from an environment."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Probes per second, to one host and to all the hosts of a scan."""

    per_host: int
    total: int


def _nobody_listens(_address: str, _number: int) -> None:
    return None


def _nobody_counts(_share: float) -> None:
    return None


@dataclass(frozen=True)
class Follow:
    """Who follows a scan: told of each open port when it answers and of the share done; `stop` and `seconds` end it."""

    stop: Stop
    seconds: float
    opened: Callable[[str, int], None] = _nobody_listens
    share: Callable[[float], None] = _nobody_counts


@dataclass(frozen=True, slots=True)
class Scan:
    """What one scan gave: its hosts, its raw XML as evidence, what it complained of.

    `reading` is not complete when the scan was cut short; the hosts it has not ended with are then missing from it.
    """

    asked: tuple[Address, ...]
    reading: Reading
    raw: RawScan | None = None
    complaint: str = ""

    def missing(self) -> tuple[Address, ...]:
        """The addresses that were asked for and not ended with."""
        seen = {host.address for host in self.reading.hosts}
        return tuple(address for address in self.asked if str(address) not in seen)


class Fenced(nmap.PortScanner):  # type: ignore[misc]  # python-nmap is not typed
    """python-nmap without its `scan`."""

    def scan(self, *_: object, **__: object) -> Any:  # noqa: ANN401 - the signature of python-nmap
        """Never: see `run`."""
        raise NotImplementedError("python-nmap's own scan splits its words like a shell")

    @property
    def version(self) -> str:
        """`7.93`."""
        return ".".join(str(part) for part in self.nmap_version())

    def command(self, options: Sequence[str], ports: Sequence[int], hosts: Sequence[Address]) -> list[str]:
        """The words nmap is started with; TypeError or ValueError for anything that is no port and no address.

        Options come from the tables above; what follows `--` cannot be an option, whatever it looks like.
        """
        if not all(
            type(host) in {IPv4Address, IPv6Address} and getattr(host, "scope_id", None) is None for host in hosts
        ):
            raise TypeError("hosts are addresses of ipaddress, without a zone")
        if not all(type(port) is int and 1 <= port <= MAX_PORT for port in ports):
            raise ValueError("ports are integers from 1 to 65535")
        family = ("-6",) if hosts and hosts[0].version == 6 else ()
        chosen = ("-p", write_ports(ports)) if ports else ()
        return [self._nmap_path, "-oX", _XML, *options, *family, *chosen, "--", *map(str, hosts)]

    def run(self, words: Sequence[str], folder: Path, follow: Follow, known: frozenset[str] = frozenset()) -> str:
        """Run nmap in a folder of its own, where it leaves its XML; what it complained of, in lower case.

        It stays in our process group: whoever ends us ends it. None of it is left when this returns.
        """
        with (folder / "complaints").open("w+b") as errors:
            process = subprocess.Popen(  # noqa: S603 - words of our table, addresses and numbers
                words, cwd=folder, env=_ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
            )
            assert process.stdout is not None  # noqa: S101 - asked for with PIPE
            try:
                _listen(process.stdout, follow, known)
            finally:
                process.kill()
                process.wait()
                process.stdout.close()
            errors.seek(0)
            return errors.read(_MAX_COMPLAINT).decode("utf-8", "replace").strip().lower()


def _listen(output: IO[bytes], follow: Follow, known: frozenset[str]) -> None:
    """Tell what nmap says until it ends, its time is over or the end is asked for."""
    deadline, pending = time.monotonic() + follow.seconds, b""
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        while not follow.stop.asked() and time.monotonic() < deadline:
            if not selector.select(_POLL_SECONDS):
                continue
            chunk = os.read(output.fileno(), 65536)
            if not chunk:
                return
            *lines, pending = (pending + chunk).split(b"\n")
            pending = pending[-_MAX_LINE:]
            for line in lines:
                _tell(line, follow, known)


def _tell(line: bytes, follow: Follow, known: frozenset[str]) -> None:
    """Pass on an open port of an address that was asked for, or how far the scan is; the XML says the rest."""
    opened, share = _OPENED.match(line), _SHARE.search(line)
    if opened and opened[2].decode() in known:
        follow.opened(opened[2].decode(), int(opened[1]))
    elif share:
        follow.share(float(share[1]) / 100)


class Nmap:
    """The nmap of this machine. CollectError when there is none."""

    def __init__(self) -> None:
        path = shutil.which("nmap", path=_SEARCH_PATH)
        if path is None:
            raise CollectError(
                "nmap n’est pas installé sur cette machine ; installez-le (Debian : apt install nmap) puis relancez.",
                "nmap is not installed on this machine; install it (Debian: apt install nmap) and run the audit again.",
            )
        try:
            self._fenced = Fenced(nmap_search_path=(path,))
        except nmap.PortScannerError as error:
            raise CollectError(
                f"Le programme {path} ne se présente pas comme nmap ; réinstallez nmap puis relancez.",
                f"The program {path} does not introduce itself as nmap; install nmap again and run the audit again.",
            ) from error
        self.raw_sockets = _raw_sockets()
        self.version = self._fenced.version

    def usual_ports(self) -> tuple[int, ...]:
        """nmap's own top 1,000 TCP ports with the health, building and administration ports added."""
        with tempfile.TemporaryDirectory(prefix="care-nmap-") as name:
            folder = Path(name)
            self._fenced.run(self._fenced.command(_USUAL, (), ()), folder, Follow(Stop(), 30))
            services = _services(_beginning(folder / _XML))
        if not services:
            raise CollectError(
                "nmap ne dit pas quels ports il connaît ; réinstallez-le, ou donnez les ports.",
                "nmap does not tell which ports it knows; install it again, or give the ports.",
            )
        return tuple(sorted({*parse_ports(services), *ADDED_PORTS}))

    def find_open(self, shard: Sequence[Address], ports: Sequence[int], rate: Rate, follow: Follow) -> Scan:
        """The open ports of some addresses of one family, by half-open connections.

        nmap turns from host to host and knows the rate of all of them only: the last one gets what the others leave. So
        they share what one of them may receive.
        """
        packets = str(max(1, min(rate.total, rate.per_host)))
        paced = ("--min-rate", packets, "--max-rate", packets)
        return self._scan(shard, ports, (*_FIND_OPEN, *paced, *_AS_IT_GOES), follow)

    def name_services(
        self, address: Address, ports: Sequence[int], follow: Follow, gently: bool = False, mute: bool = False
    ) -> Scan:
        """What nmap's light version detection says of the open ports of one address.

        Gently: one port at a time. Mute ports answered none of the questions asked of any port: they are not asked
        those again.
        """
        how = (*_NAME_SERVICES, *(_OF_ITS_NUMBER if mute else _OF_ANY_PORT))
        return self._scan(
            [address], ports, ("-sS" if self.raw_sockets else "-sT", "-T2" if gently else "-T4", *how), follow
        )

    def _scan(self, hosts: Sequence[Address], ports: Sequence[int], options: tuple[str, ...], follow: Follow) -> Scan:
        words = self._fenced.command((*_QUIETLY, *options), ports, hosts)
        with tempfile.TemporaryDirectory(prefix="care-nmap-") as name:
            folder = Path(name)
            complaint = self._fenced.run(words, folder, follow, frozenset(map(str, hosts)))
            xml = folder / _XML
            xml.touch()
            with xml.open("rb") as stream:
                reading = read_nmap(stream)
            return Scan(tuple(hosts), reading, _evidence(xml), "" if reading.complete else complaint)


def shards(addresses: Iterable[Address], hosts: int = _HOSTS_PER_SHARD) -> list[tuple[Address, ...]]:
    """Groups of addresses of one family, small enough to show progress and to lose little when one breaks."""
    found: list[tuple[Address, ...]] = []
    for version in (4, 6):
        family = [address for address in addresses if address.version == version]
        size = max(1, min(hosts, -(-len(family) // SHARDS_AT_ONCE)))
        found += [tuple(family[at : at + size]) for at in range(0, len(family), size)]
    return found


def _raw_sockets() -> bool:
    """Whether nmap may send its own packets here: it wants root, and the system may still refuse (containers)."""
    if os.geteuid() != 0:
        return False
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP):
            return True
    except OSError:
        return False


def _beginning(xml: Path) -> bytes:
    if not xml.exists():
        return b""
    with xml.open("rb") as stream:
        return stream.read(65536)


def _services(xml: bytes) -> str:
    return xml.partition(b' services="')[2].partition(b'"')[0].decode()


def _evidence(xml: Path) -> RawScan:
    """The hash of the XML and, when it is small enough, the XML; read in pieces, whatever its size."""
    digest, packer, kept = hashlib.sha256(), zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS), bytearray()
    with xml.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
            if len(kept) <= _MAX_KEPT_XML:
                kept += packer.compress(piece)
    kept += packer.flush()
    packed = base64.b64encode(kept).decode() if len(kept) <= _MAX_KEPT_XML else ""
    return RawScan(digest.hexdigest(), packed)
