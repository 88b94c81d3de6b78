"""The exposure collector: mandate, names, open ports by nmap, then a short conversation with each open port.

Nothing is contacted before the mandate has been checked for every address. No password is tried, nothing is
exploited; interface engines, controllers and printers receive no byte. What could not be read becomes a gap.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

from scanners.collect import Context
from scanners.exposure.collect_identify import Identification
from scanners.exposure.collect_names import Perimeter, perimeter
from scanners.exposure.collect_nmap import Nmap, Scan, in_parallel, shards
from scanners.exposure.collect_udp import SNMP_PORT, snmp
from scanners.exposure.collect_wire import Pace, Reach
from scanners.exposure.facts import Endpoint, ExposureFacts, Host, Port, Service
from scanners.exposure.mandate import parse_mandate
from scanners.exposure.ports import NMAP_NAMES, SILENT_PORTS
from scanners.exposure.read_nmap import ScannedHost, ScannedPort
from scanners.exposure.spares import Spare, Spares
from scanners.exposure.targets import Address, parse_ports, parse_targets, write_ports
from scanners.model import Gap, Text

_PORTS_AT_ONCE = 48
_STACK_BYTES = 512 * 1024
_EVERYTHING_PORTS = 100
_EVERYTHING_SHARE = 0.5
"""A host with more than 100 open ports that are over half of those tried is a SYN proxy or a tarpit, not a server."""
_NAME_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Profile:
    """How gently hosts are treated.

    `packets_per_host` and `packets` bound the packets per second of the port scan, for one host and for all;
    `call_seconds` is the delay between two conversations with one host; `connect_only` forbids to write anything.
    """

    packets_per_host: int
    packets: int
    call_seconds: float
    connect_only: bool = False


PROFILES: Mapping[str, Profile] = {
    "gentle": Profile(packets_per_host=5, packets=200, call_seconds=1.0),
    "standard": Profile(packets_per_host=500, packets=8000, call_seconds=0.0),
    "fragile": Profile(packets_per_host=5, packets=50, call_seconds=2.0, connect_only=True),
}
"""`gentle` keeps to CERT Polska's 5 packets per second per host; `fragile` is for medical and building devices."""


@dataclass(frozen=True)
class Request:
    """What to look at. `mandate` is what `Mandate.to_mapping()` gives; `ports` is empty for the usual ones;
    `exclusions` is what people spare for a while, beside the mandate.

    No secret is needed.
    """

    targets: tuple[str, ...]
    mandate: dict[str, Any]
    ports: str = ""
    profile: Literal["gentle", "standard", "fragile"] = "gentle"
    exclusions: tuple[Spare, ...] = ()


def target_name(request: Request) -> str:
    """The targets as written, shortened, with the ports and the profile when they are not the usual ones.

    It is the perimeter that two audits must share for the second to close findings of the first: a shortened list
    therefore keeps a digest of what it leaves out.
    """
    written = [line.strip() for line in request.targets if line.strip()]
    unusual = [request.ports and f"ports {request.ports}", "" if request.profile == "standard" else request.profile]
    return " · ".join(
        [_shortened(", ".join(written), len(written)), *(_shortened(part, 0) for part in unusual if part)]
    )


def _shortened(text: str, count: int) -> str:
    if len(text) <= _NAME_CHARACTERS:
        return text
    kept = text[:_NAME_CHARACTERS].rpartition(", ")[0] or text[:_NAME_CHARACTERS]
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{kept}, … ({count}, {digest})" if count else f"{kept}… ({digest})"


def collect(request: Request, context: Context) -> ExposureFacts:
    """Look at everything the request names; MandateError, TargetError or CollectError before any packet."""
    mandate = parse_mandate(request.mandate)
    mandate.check_time(context.now)
    targets = parse_targets(request.targets)
    wanted = parse_ports(request.ports) if request.ports else ()
    nmap = Nmap()
    spares = Spares.of(request.exclusions)
    area = perimeter(targets, mandate, spares)
    audit = _Audit(nmap, PROFILES[request.profile], wanted or nmap.usual_ports(), context, area, usual=not wanted)
    hosts = audit.run()
    return ExposureFacts(
        collected_at=context.now,
        targets=tuple(target.written for target in targets),
        mandate_reference=mandate.reference,
        authorised_by=f"{mandate.authorised_by}, {mandate.role}",
        profile=request.profile,
        ports=write_ports(audit.ports),
        hosts=hosts,
        nmap_version=nmap.version,
        raw_scans=tuple(scan.raw for scan in audit.scans),
        left_out=tuple(area.left_out),
        exclusions=spares.applied(area.addresses, area.spared),
        gaps=tuple(dict.fromkeys(audit.gaps)),
    )


@dataclass
class _Audit:
    """One audit on its way: phases in order, gaps and raw scans gathered as they come."""

    nmap: Nmap
    profile: Profile
    ports: tuple[int, ...]
    context: Context
    area: Perimeter
    usual: bool
    scans: list[Scan] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def run(self) -> tuple[Host, ...]:
        """The hosts, in the order of their addresses."""
        self.gaps += self.area.gaps
        if self.profile.connect_only:
            fr = "Le profil choisi se contente d’ouvrir une connexion : les services n’ont pas été interrogés."
            self._gap("services", fr, "The chosen profile only opens a connection: services were not questioned.")
        count = len(self.area.addresses)
        self._say(0.0, f"Recherche des ports ouverts, {count} adresses", f"Looking for open ports, {count} addresses")
        scanned = self._find_open()
        hosts = [self._host(address, scanned.get(str(address))) for address in sorted(self.area.addresses, key=_order)]
        self._note_silence(hosts)
        identified = self._identify([host for host in hosts if not host.answers_everything])
        return self._name_the_rest([replace(host, ports=identified.get(host.address, host.ports)) for host in hosts])

    def _find_open(self) -> dict[str, ScannedHost]:
        groups = shards(self.area.addresses)
        share = self.profile.packets // min(len(groups), 4)
        jobs = [
            partial(
                self.nmap.find_open, group, self.ports, max(1, min(share, self.profile.packets_per_host * len(group)))
            )
            for group in groups
        ]
        found: dict[str, ScannedHost] = {}
        for scan in in_parallel(jobs, self._counter(0.0, 0.5, len(jobs), "Ports ouverts", "Open ports")):
            self.scans.append(scan)
            found |= {host.address: host for host in scan.reading.hosts}
            self._note_missing(scan)
        return found

    def _note_missing(self, scan: Scan) -> None:
        """A run of nmap that was cut short leaves addresses unseen: a gap, never a clean host."""
        seen = {host.address for host in scan.reading.hosts}
        missing = [str(address) for address in scan.asked if str(address) not in seen]
        if missing:
            detail = f" ({scan.complaint[:200].strip()})" if scan.complaint else ""
            fr = f"nmap n’a pas terminé{detail} : {', '.join(missing[:5])} non examinées ; relancez l’audit."
            en = f"nmap did not finish{detail}: {', '.join(missing[:5])} not examined; run the audit again."
            self.gaps.append(Gap("hosts", Text(fr, en), truncated=True))

    def _note_silence(self, hosts: Sequence[Host]) -> None:
        """Nothing at all answered: filtered, switched off or unreachable look the same, and none of them is clean."""
        unseen = any(gap.section == "hosts" for gap in self.gaps)
        if hosts and not unseen and not any(host.ports or host.closed or host.answers_everything for host in hosts):
            fr = "Aucune adresse n’a répondu, même pour refuser : vérifiez la route et le filtrage, puis relancez."
            en = "No address answered, even to refuse: check the route and the filtering, then run the audit again."
            self._gap("hosts", fr, en)

    def _host(self, address: Address, scanned: ScannedHost | None) -> Host:
        names = tuple(sorted(self.area.addresses[address]))
        if scanned is None:
            return Host(str(address), names)
        everything = len(scanned.ports) > max(_EVERYTHING_PORTS, _EVERYTHING_SHARE * len(self.ports))
        if everything:
            fr = f"{address} répond sur tous les ports : ses services n’ont pas été interrogés."
            self._gap("services", fr, f"{address} answers on every port: its services were not questioned.")
        if len(names) > 1:
            fr = f"{address} porte plusieurs noms, seul {names[0]} a été interrogé ; auditez les autres séparément."
            en = f"{address} has several names, only {names[0]} was questioned; audit the others separately."
            self._gap("http", fr, en)
        ports = () if everything else tuple(Port(port.number) for port in scanned.ports)
        return Host(str(address), names, ports, scanned.closed, scanned.filtered, everything)

    def _identify(self, hosts: Sequence[Host]) -> dict[str, tuple[Port, ...]]:
        paces = {host.address: Pace(self.profile.call_seconds) for host in hosts}
        work = [(host, port.number) for host in hosts for port in host.ports]
        say = self._counter(0.5, 0.85, len(work), "Services identifiés", "Services identified")
        lock, done = threading.Lock(), 0

        def one(item: tuple[Host, int]) -> tuple[str, Port]:
            nonlocal done
            host, number = item
            identification = Identification(_reach(host, number, paces[host.address]), self.profile.connect_only)
            port = identification.run()
            with lock:
                self.gaps += identification.gaps
                done += 1
                say(done)
            return host.address, port

        def over_udp(host: Host) -> tuple[str, Port | None]:
            return host.address, snmp(host.address, paces[host.address])

        found: dict[str, list[Port]] = defaultdict(list)
        threading.stack_size(_STACK_BYTES)
        with ThreadPoolExecutor(_PORTS_AT_ONCE) as pool:
            answers = pool.map(one, work)
            agents = pool.map(over_udp, hosts if self._asks_udp() else ())
            for address, port in (*answers, *agents):
                if port is not None:
                    found[address].append(port)
        return {address: tuple(ports) for address, ports in found.items()}

    def _asks_udp(self) -> bool:
        """SNMP is part of the usual ports, or asked for by its number; never under a connect-only profile."""
        return not self.profile.connect_only and (self.usual or SNMP_PORT in self.ports)

    def _name_the_rest(self, hosts: list[Host]) -> tuple[Host, ...]:
        """nmap's light version detection, only for ports still unnamed and that may be written to."""
        unnamed = {
            host.address: [
                port.number for port in host.ports if not port.service.name and port.number not in SILENT_PORTS
            ]
            for host in hosts
        }
        chosen = [address for address in self.area.addresses if unnamed.get(str(address))]
        if self.profile.connect_only or not chosen:
            return tuple(hosts)
        jobs = [partial(self.nmap.name_services, address, unnamed[str(address)]) for address in chosen]
        named: dict[tuple[str, int], ScannedPort] = {}
        for scan in in_parallel(jobs, self._counter(0.85, 1.0, len(jobs), "Détection par nmap", "Detection by nmap")):
            self.scans.append(scan)
            self._note_missing(scan)
            named |= {(host.address, port.number): port for host in scan.reading.hosts for port in host.ports}
        return tuple(
            replace(
                host,
                ports=tuple(self._named(host, port, named.get((host.address, port.number))) for port in host.ports),
            )
            for host in hosts
        )

    def _named(self, host: Host, port: Port, seen: ScannedPort | None) -> Port:
        """A port with the name nmap found, questioned further when we know how, with a gap for what stays unread.

        nmap's guess from the port number alone is not taken for a name.
        """
        if seen is None or not seen.probed or port.service.name:
            return port
        name = NMAP_NAMES.get(seen.name, seen.name)
        with contextlib.suppress(OSError):
            answered = Identification(_reach(host, port.number, Pace(self.profile.call_seconds))).ask(name)
            if answered is not None:
                return answered
        for section, unread in (("http", name == "http"), ("ssh", name == "ssh"), ("tls", seen.tunnel == "ssl")):
            if unread:
                place = Endpoint(host, port).subject
                fr = f"{place} : nmap y reconnaît {section}, dont le détail n’a pas pu être lu."
                self._gap(section, fr, f"{place}: nmap recognises {section} there, whose details could not be read.")
        return replace(port, service=_service(port.service, name, seen))

    def _counter(self, start: float, end: float, total: int, fr: str, en: str) -> Callable[[int], None]:
        def tell(done: int) -> None:
            share = start + (end - start) * done / max(1, total)
            self._say(share, f"{fr} : {done} sur {total}", f"{en}: {done} of {total}")

        return tell

    def _say(self, share: float, fr: str, en: str) -> None:
        self.context.progress(share, Text(fr, en))

    def _gap(self, section: str, fr: str, en: str) -> None:
        self.gaps.append(Gap(section, Text(fr, en), truncated=True))


def _order(address: Address) -> tuple[int, int]:
    return address.version, int(address)


def _reach(host: Host, number: int, pace: Pace) -> Reach:
    return Reach(host.address, number, pace, host.names[0] if host.names else "")


def _service(known: Service, name: str, seen: ScannedPort) -> Service:
    """What was known of a service, with what nmap says of it."""
    encrypted = True if seen.tunnel == "ssl" else None
    return replace(
        known,
        name=name,
        product=seen.product,
        version=seen.version,
        source="nmap",
        encrypted=encrypted,
        cpes=seen.cpes,
    )
