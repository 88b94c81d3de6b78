"""The exposure collector: mandate, names, open ports, and a short conversation with each as soon as it answers.

Nothing is contacted before the mandate has been checked for every address. No password is tried, nothing is
exploited; interface engines, controllers and printers receive no byte. What could not be read becomes a gap.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from scanners.archive import read_archive
from scanners.collect import Context, Progress
from scanners.errors import CollectError
from scanners.exposure import collect_around, collect_dns, collect_tls
from scanners.exposure.collect_around import Around, checked_domains, parse_domains, strictly_inside
from scanners.exposure.collect_connect import accepts_anything, find_open, look_again
from scanners.exposure.collect_dns import Resolver
from scanners.exposure.collect_identify import Identification
from scanners.exposure.collect_names import Perimeter, perimeter
from scanners.exposure.collect_nmap import SHARDS_AT_ONCE, Follow, Nmap, Rate, Scan, shards
from scanners.exposure.collect_profiles import PROFILES, Profile
from scanners.exposure.collect_questions import SUSPICIOUS_PORTS, Question, Questions, Ways
from scanners.exposure.collect_tls import Trust, machine_trust, trust
from scanners.exposure.collect_told import Told
from scanners.exposure.collect_udp import ask_all
from scanners.exposure.collect_vulnerabilities import compared
from scanners.exposure.collect_wire import CALLS_AT_ONCE, Reach
from scanners.exposure.earlier import answered, finished, joined, of_both, rest
from scanners.exposure.facts import Endpoint, ExposureFacts, Host, Port, Service
from scanners.exposure.mandate import parse_mandate
from scanners.exposure.never_written import NeverWritten, Permission, in_force, silent_lines
from scanners.exposure.ports import NMAP_NAMES, SILENT_PORTS
from scanners.exposure.read_names import MAX_FILE
from scanners.exposure.read_nmap import Reading, ScannedHost, ScannedPort
from scanners.exposure.spares import Spare, Spares
from scanners.exposure.targets import Address, parse_ports, parse_targets, write_ports
from scanners.exposure.udp_questions import BACNET_PORT, QUESTIONS
from scanners.model import Gap, Text

KEEPS_PARTIAL = True
"""An audit that is asked to end early keeps what it saw (`scanners.stopping`)."""
_EVERYTHING_PORTS = 100
_EVERYTHING_SHARE = 0.5
"""A host with more than 100 open ports that are over half of those tried is a SYN proxy or a tarpit, not a server."""
_SPARE_SECONDS, _TIMES = 60, 6
"""A port scan may take six times what its rate says, and a minute more; it is cut short afterwards."""
_NAMING_SECONDS, _NAMING_SECONDS_PER_PORT = 90, 30
"""nmap spends 47 s on a service it does not know."""
_NAME_CHARACTERS = 120
_BEFORE, _AFTER = 0.05, 0.9
"""Where the scan of the addresses begins and ends, in the progress of the whole."""


@dataclass(frozen=True)
class Request:
    """What to look at. `mandate` is what `Mandate.to_mapping()` gives; `ports` is empty for the usual ones;
    `exclusions` is what people spare for a while, beside the mandate; `ca_pem` are certificates to trust
    beside those this machine knows; `earlier` is the archive of an audit of the same targets that was cut short: only
    what it left is contacted, and the facts are those of both.

    `vulnerabilities_store` is the file of imported vulnerabilities, empty for none.
    `domains` are those whose mail, DNS and names are looked at, one each with its DKIM selectors (`hopital.fr s2024`);
    `names_file` is the content of an export of names; `known_names` those that former audits of the target found, asked
    again; `resolver` the DNS servers to ask, empty for the system’s.
    `never_written` are lines of ports that no byte may be sent to, `permissions` what controllers may be asked, until
    which day (`never_written.py`). No secret is needed.
    """

    targets: tuple[str, ...]
    mandate: dict[str, Any]
    ports: str = ""
    profile: Literal["gentle", "standard", "fragile"] = "gentle"
    exclusions: tuple[Spare, ...] = ()
    vulnerabilities_store: str = ""
    ca_pem: Annotated[str, Field(max_length=1 << 20), AfterValidator(collect_tls.well_formed)] = ""
    earlier: str = ""
    domains: Annotated[tuple[str, ...], AfterValidator(collect_around.well_formed)] = ()
    names_file: Annotated[str, Field(max_length=MAX_FILE)] = ""
    never_written: Annotated[tuple[str, ...], AfterValidator(silent_lines)] = ()
    permissions: tuple[Permission, ...] = ()
    resolver: Annotated[str, Field(max_length=500), AfterValidator(collect_dns.well_formed)] = ""
    known_names: tuple[str, ...] = ()


def target_name(request: Request) -> str:
    """The targets as written, shortened, with the ports and the profile when they are not the usual ones.

    It is the perimeter that two audits must share for the second to close findings of the first: a shortened list
    therefore keeps a digest of what it leaves out.
    """
    written = [line.strip() for line in request.targets if line.strip()]
    unusual = [
        request.ports and f"ports {request.ports}",
        "" if request.profile == "standard" else request.profile,
        ", ".join(sorted(order.name for order in parse_domains(request.domains))),
        request.names_file and hashlib.sha256(request.names_file.encode()).hexdigest()[:8],
    ]
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
    authorities = trust(request.ca_pem) if request.ca_pem else machine_trust()
    resolver = Resolver(request.resolver, context.stop)
    domains = checked_domains(parse_domains(request.domains), mandate)
    nmap = Nmap()
    spares = Spares.of(request.exclusions)
    profile = PROFILES[request.profile]
    allowed = in_force(request.permissions, mandate.day_of(context.now))
    unwritten = NeverWritten.of(request.never_written, allowed, profile.connect_only)
    area = perimeter(targets, mandate, spares, resolver.addresses if resolver.given else None)
    pace_of = lru_cache(None)(partial(profile.pace, context.stop, unwritten))
    around = Around(
        mandate,
        strictly_inside(mandate, lambda what: spares.from_contact(what) or what in area.behind),
        resolver,
        domains,
        request.names_file,
        tuple(target.name for target in targets if target.name),
        None if profile.connect_only else pace_of,
        profile.host_seconds,
        request.known_names,
        authorities,
    )
    around.before(area, partial(_within, context.progress, 0.0, _BEFORE))
    exclusions, every = spares.applied(area.addresses, area.spared), sorted(area.addresses, key=_order)
    earlier, names = _earlier_part(request.earlier), {address: area.addresses[address] for address in every}
    if earlier is not None:
        left = rest(every, earlier)
        area.addresses = {address: names for address, names in area.addresses.items() if address in left}
    ports = wanted or nmap.usual_ports()
    scanning = replace(context, progress=partial(_within, context.progress, _BEFORE, _AFTER))
    audit = _Audit(nmap, profile, ports, scanning, area, authorities, unwritten, usual=not wanted)
    audit.route_known = earlier is not None and answered(earlier)
    hosts = audit.run()
    if earlier is not None:
        around.already = finished(earlier)
        hosts = of_both(around.already, hosts, names)
    if context.stop.asked() and not profile.connect_only:
        around.note_unfinished(hosts)
    elif not profile.connect_only:
        paces = {host.address: audit.paces.get(host.address) or pace_of(host.address) for host in hosts}
        hosts = around.after(hosts, paces, partial(_within, context.progress, _AFTER, 1.0))
    unfinished = audit.unfinished(around.unfinished)
    found_names = around.found_names()
    facts = ExposureFacts(
        collected_at=context.now,
        targets=tuple(target.written for target in targets),
        mandate_reference=mandate.reference,
        mandate_document=mandate.document,
        authorised_by=f"{mandate.authorised_by}, {mandate.role}",
        profile=request.profile,
        ports=write_ports(audit.ports),
        udp_ports=write_ports(audit.over_udp),
        hosts=hosts,
        nmap_version=nmap.version,
        raw_scans=tuple(scan.raw for scan in audit.scans if scan.raw is not None),
        left_out=tuple(area.left_out),
        exclusions=exclusions,
        unfinished=unfinished,
        gaps=tuple(dict.fromkeys((*audit.gaps, *around.gaps))),
        domains=around.domains,
        found_names=found_names,
        absent_names=around.absent_names(),
        never_written=request.never_written,
        permissions=allowed,
    )
    whole = joined(earlier, facts) if earlier is not None else facts
    return compared(whole, request.vulnerabilities_store, context.now)


def _earlier_part(path: str) -> ExposureFacts | None:
    """The facts of an audit that was cut short; None when there is none to take up. CollectError when unreadable."""
    if not path:
        return None
    facts = read_archive(Path(path)).facts
    if not isinstance(facts, ExposureFacts):
        raise CollectError(
            "L’audit à compléter n’est pas un audit d’exposition ; relancez l’audit en entier.",
            "The audit to complete is not an exposure audit; run the audit again as a whole.",
        )
    return facts


def _within(progress: Progress, start: float, end: float, share: float, text: Text) -> None:
    """Progress of one part of an audit, within its place in the whole."""
    progress(start + (end - start) * share, text)


@dataclass
class _Audit:
    """One audit on its way: ports are searched while those already found are asked; gaps and scans gather meanwhile."""

    nmap: Nmap
    profile: Profile
    ports: tuple[int, ...]
    context: Context
    area: Perimeter
    authorities: Trust
    unwritten: NeverWritten
    usual: bool
    route_known: bool = False
    scans: list[Scan] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.paces = {
            address: self.profile.pace(self.context.stop, self.unwritten, address)
            for address in map(str, self.area.addresses)
        }
        self._hosts = {
            str(address): Host(str(address), tuple(sorted(names))) for address, names in self.area.addresses.items()
        }
        self._unseen: dict[str, None] = dict.fromkeys(self._hosts)
        self._mute: set[tuple[str, int]] = set()
        self._told = Told(self.context.progress)
        self._questions = Questions(self._hosts, self._ways(), self.context.stop, self._say)

    def run(self) -> tuple[Host, ...]:
        """The hosts, in the order of their addresses."""
        self.gaps += self.area.gaps
        if self.profile.connect_only:
            fr = "Le profil choisi se contente d’ouvrir une connexion : les services n’ont pas été interrogés."
            self._gap("services", fr, "The chosen profile only opens a connection: services were not questioned.")
        self._say()
        self._search()
        self._questions.finish()
        everywhere, ports = self._questions.answering_everywhere(), self._questions.ports()
        hosts = [
            replace(self._hosts[address], ports=ports[address], answers_everything=address in everywhere)
            for address in map(str, sorted(self.area.addresses, key=_order))
        ]
        self._note_everywhere(sorted(everywhere))
        self._note_chosen(hosts)
        if not self._questions.unfinished():
            self._note_silence(hosts)
        return tuple(hosts)

    def unfinished(self, besides: Collection[str] = ()) -> tuple[str, ...]:
        """The addresses this audit did not end with, and those left `besides`; a gap says so when it was stopped."""
        left = self._questions.unfinished().union(besides)
        addresses = tuple(sorted(left, key=lambda address: _order(ip_address(address))))
        self._note_stop(addresses)
        return addresses

    # ------------------------------------------------------------ open ports

    def _search(self) -> None:
        """By nmap, in groups side by side, when this machine may send raw packets and no strict rate is asked for.

        nmap cannot keep to one for each host: its delay holds for all of them together, its rate for all of them too.
        """
        groups = shards(self.area.addresses)
        if not groups:
            return  # all that an earlier part had left has gone since
        if self.profile.gentle or not self.nmap.raw_sockets:
            self._ended(self._by_connections(tuple(self.area.addresses)))
            return
        share = max(1, self.profile.packets // min(len(groups), SHARDS_AT_ONCE))
        rate = Rate(self.profile.packets_per_host, min(share, self.profile.packets_per_host))
        with ThreadPoolExecutor(SHARDS_AT_ONCE) as pool:
            for future in [pool.submit(self._search_shard, group, rate) for group in groups]:
                future.result()

    def _search_shard(self, shard: tuple[Address, ...], rate: Rate) -> None:
        """By nmap, then once more for what stayed silent.

        nmap gives up after its first retry as long as no retry of that host brought anything: with few open ports,
        hosts that drop the rest hide one of six hundred at 2 % loss.
        """
        if self.context.stop.asked():
            return
        scan = self.nmap.find_open(shard, self.ports, rate, self._follow(shard, rate))
        silent = {
            ip_address(host.address): self._silent(host)
            for host in scan.reading.hosts
            if host.filtered and not self._answers_much(host)
        }
        again = look_again(silent, rate, self._follow(tuple(silent), rate)) if silent else None
        self._ended(scan if again is None else _both(scan, again))

    def _silent(self, host: ScannedHost) -> tuple[int, ...]:
        """The ports of a host that did not answer; all but the open ones when nmap does not say."""
        if host.silent:
            return parse_ports(host.silent)
        opened = {port.number for port in host.ports}
        return tuple(port for port in self.ports if port not in opened)

    def _answers_much(self, host: ScannedHost) -> bool:
        return len(host.ports) > SUSPICIOUS_PORTS or len(host.ports) > _EVERYTHING_SHARE * len(self.ports)

    def _by_connections(self, addresses: tuple[Address, ...]) -> Scan:
        rate = Rate(self.profile.packets_per_host, self.profile.packets)
        follow = self._follow(addresses, rate)
        if self.profile.connect_only:
            return find_open(addresses, self.ports, rate, follow, waiting_per_host=1)
        return find_open(addresses, self.ports, rate, follow)

    def _follow(self, addresses: Sequence[Address], rate: Rate) -> Follow:
        def share(done: float) -> None:
            self._told.searching(addresses, done / len(self._hosts))

        def opened(address: str, number: int) -> None:
            self._questions.opened(address, number)
            self._say(f"{address}:{number}")

        pace = min(rate.total, rate.per_host * len(addresses))
        seconds = _SPARE_SECONDS + _TIMES * len(addresses) * len(self.ports) / pace
        return Follow(self.context.stop, seconds, opened, share)

    def _ended(self, scan: Scan) -> None:
        self.scans.append(scan)
        for seen in scan.reading.hosts:
            if seen.address not in self._unseen:
                continue
            del self._unseen[seen.address]
            self._hosts[seen.address] = replace(self._hosts[seen.address], closed=seen.closed, filtered=seen.filtered)
            self._questions.known(seen.address, [port.number for port in seen.ports], self._answers_much(seen))
        self._note_missing(scan)

    def _everywhere(self, address: str, numbers: frozenset[int]) -> bool:
        """Whether a host accepts anything: ports that nobody serves, or most of those that were tried."""
        if len(numbers) > max(_EVERYTHING_PORTS, _EVERYTHING_SHARE * len(self.ports)):
            return True
        return accepts_anything(address, frozenset(self.ports), self.paces[address])

    # ------------------------------------------------------------ conversations

    def _ways(self) -> Ways:
        return Ways(
            about=self._question,
            besides=self._over_udp,
            everywhere=self._everywhere,
            unnamed=self._unnamed,
            name=self._name,
            late=self._note_late,
            seconds=self.profile.host_seconds,
            at_once=1 if self.profile.connect_only else CALLS_AT_ONCE,
            at_the_end=self.profile.gentle,
        )

    def _question(self, address: str, number: int) -> Question:
        def ask() -> tuple[Port, ...]:
            reach = self._reach(address, number)
            identification = Identification(reach, self.profile.connect_only, self.authorities)
            port = identification.run()
            self.gaps += identification.gaps
            if not reach.heard:
                self._mute.add((address, number))
            return (port,)

        return ask

    @property
    def over_udp(self) -> tuple[int, ...]:
        """The ports asked over UDP: with the usual ports, or by number; never under a connect-only profile.

        BACnet is asked with a permission only: there is no connection that could be opened instead.
        """
        if self.profile.connect_only:
            return ()
        barred = set() if "bacnet" in self.unwritten.allowed else {BACNET_PORT}
        numbers = (question.port for question in QUESTIONS if question.port not in barred)
        return tuple(number for number in numbers if self.usual or number in self.ports)

    def _over_udp(self, address: str) -> Iterable[Question]:
        questions = [question for question in QUESTIONS if question.port in self.over_udp]

        def ask() -> tuple[Port, ...]:
            heard = ask_all(address, questions, self.paces[address])
            if heard.unsent is not None:
                fr = f"{address} : des questions UDP n’ont pas pu partir ({heard.unsent.fr}) ; vérifiez la route."
                en = f"{address}: some UDP questions could not be sent ({heard.unsent.en}); check the route."
                self._gap("services", fr, en)
            return heard.ports

        return (ask,) if questions else ()

    def _unnamed(self, address: str, ports: Sequence[Port]) -> list[Port]:
        """The ports for nmap's version detection: still unnamed, and that may be written to.

        A permission allows our own question, none of nmap's.
        """
        tcp = (port for port in ports if port.protocol == "tcp" and port.number not in SILENT_PORTS)
        return [port for port in tcp if not port.service.name and not self.unwritten.forbids(address, port.number)]

    def _name(self, address: str, ports: Sequence[Port]) -> list[Port]:
        """Ports left unnamed, with what nmap's light version detection says of them."""
        mute = {port.number for port in ports if self._is_mute(address, port.number)}
        seen: dict[int, ScannedPort] = {}
        for quick in (True, False):
            numbers = [port.number for port in ports if (port.number in mute) is quick]
            if numbers and not self.context.stop.asked():
                seen |= self._detected(address, numbers, quick)
        return [self._named(self._hosts[address], port, seen.get(port.number)) for port in ports]

    def _is_mute(self, address: str, number: int) -> bool:
        """Whether a port answered nothing at all: no greeting, no page, no TLS, not even to two empty lines.

        These are the questions nmap asks of any port, and it would wait 5 s for each of them.
        """
        if (address, number) not in self._mute:
            return False
        try:
            with self._reach(address, number).call() as wire:
                return not wire.ask(b"\r\n\r\n")
        except OSError:
            return False

    def _detected(self, address: str, numbers: Sequence[int], mute: bool) -> dict[int, ScannedPort]:
        follow = Follow(self.context.stop, _NAMING_SECONDS + _NAMING_SECONDS_PER_PORT * len(numbers))
        scan = self.nmap.name_services(ip_address(address), numbers, follow, self.profile.gentle, mute)
        self.scans.append(scan)
        if scan.missing() and not self.context.stop.asked():
            shown = ", ".join(map(str, numbers[:5]))
            fr = f"{address} : nmap n’a pas fini de reconnaître les services des ports {shown}."
            self._gap("services", fr, f"{address}: nmap did not finish recognising the services of ports {shown}.")
        return {port.number: port for host in scan.reading.hosts for port in host.ports}

    def _named(self, host: Host, port: Port, seen: ScannedPort | None) -> Port:
        """A port with the name nmap found, questioned further when we know how, with a gap for what stays unread.

        nmap's guess from the port number alone is not taken for a name.
        """
        if seen is None or not seen.probed or port.service.name:
            return port
        name = NMAP_NAMES.get(seen.name, seen.name)
        with contextlib.suppress(OSError):
            identification = Identification(self._reach(host.address, port.number), authorities=self.authorities)
            answered = identification.ask(name)
            if answered is not None:
                self.gaps += identification.gaps
                return answered
        for section, unread in (("http", name == "http"), ("ssh", name == "ssh"), ("tls", seen.tunnel == "ssl")):
            if unread:
                place = Endpoint(host, port).subject
                fr = f"{place} : nmap y reconnaît {section}, dont le détail n’a pas pu être lu."
                self._gap(section, fr, f"{place}: nmap recognises {section} there, whose details could not be read.")
        return replace(port, service=_service(port.service, name, seen))

    def _reach(self, address: str, number: int) -> Reach:
        names = self._hosts[address].names
        return Reach(address, number, self.paces[address], names[0] if names else "")

    # ------------------------------------------------------------ what was not seen

    def _note_missing(self, scan: Scan) -> None:
        """A scan that was cut short leaves addresses unseen: a gap, never a clean host."""
        missing = [str(address) for address in scan.missing()]
        if missing and not self.context.stop.asked():
            detail = f" ({scan.complaint[:200].strip()})" if scan.complaint else ""
            fr = f"La recherche de ports n’est pas allée au bout{detail} : {_some(missing, 'fr')} ; relancez l’audit."
            en = f"The search for ports did not finish{detail}: {_some(missing, 'en')}; run the audit again."
            self._gap("hosts", fr, en)

    def _note_stop(self, left: Sequence[str]) -> None:
        if left and self.context.stop.asked():
            fr = f"L’audit a été interrompu : {_some(left, 'fr')} ; relancez-le pour elles."
            en = f"The audit was stopped: {_some(left, 'en')}; run it again for them."
            self._gap("hosts", fr, en)

    def _note_late(self, address: str, numbers: Sequence[int]) -> None:
        shown = ", ".join(map(str, numbers[:5]))
        fr = f"{address} répond trop lentement : ports {shown} ouverts mais pas interrogés ({len(numbers)} en tout)."
        en = f"{address} answers too slowly: ports {shown} open but not questioned ({len(numbers)} in all)."
        self._gap("services", fr, en)

    def _note_everywhere(self, addresses: Sequence[str]) -> None:
        for address in addresses:
            fr = f"{address} répond sur tous les ports : ses services n’ont pas été interrogés."
            self._gap("services", fr, f"{address} answers on every port: its services were not questioned.")

    def _note_chosen(self, hosts: Sequence[Host]) -> None:
        """Open ports that nobody may question, by choice: what each of them is stays unknown."""
        ends = (Endpoint(host, port) for host in hosts for port in host.ports)
        for end in ends if not self.profile.connect_only else ():
            if self.unwritten.by_choice(end.host.address, end.port.number):
                fr = f"{end.subject} : rien n’y a été écrit, à la demande de l’établissement ; vérifiez-le sur place."
                en = f"{end.subject}: nothing was written to it, as the establishment asked; check it on the spot."
                self.gaps.append(Gap("services", Text(fr, en), truncated=True, subject=end.subject))

    def _note_silence(self, hosts: Sequence[Host]) -> None:
        """Nothing at all answered: filtered, switched off or unreachable look the same, and none of them is clean."""
        unseen = self.route_known or any(gap.section == "hosts" and not gap.subject for gap in self.gaps)
        if hosts and not unseen and not any(host.ports or host.closed or host.answers_everything for host in hosts):
            fr = "Aucune adresse n’a répondu, même pour refuser : vérifiez la route et le filtrage, puis relancez."
            en = "No address answered, even to refuse: check the route and the filtering, then run the audit again."
            self._gap("hosts", fr, en)

    def _say(self, latest: str = "") -> None:
        self._told.say(len(self._hosts), self._questions.counts(), latest)

    def _gap(self, section: str, fr: str, en: str) -> None:
        self.gaps.append(Gap(section, Text(fr, en), truncated=True))


def _both(first: Scan, again: Scan) -> Scan:
    """A scan with what a second look added; hosts it did not end with are left out."""
    later = {host.address: host for host in again.reading.hosts}
    left = {str(address) for address in again.missing()}
    hosts = tuple(_completed(host, later.get(host.address)) for host in first.reading.hosts if host.address not in left)
    return replace(first, reading=Reading(hosts, first.reading.complete and not left))


def _completed(host: ScannedHost, later: ScannedHost | None) -> ScannedHost:
    if later is None:
        return host
    ports = (*host.ports, *later.ports)
    return replace(host, ports=ports, closed=host.closed + later.closed, filtered=later.filtered)


def _order(address: Address) -> tuple[int, int]:
    return address.version, int(address)


def _some(addresses: Sequence[str], lang: str) -> str:
    """A few of some addresses with how many they are, and that they were not looked at to the end."""
    shown = ", ".join(addresses[:5]) + (", …" if len(addresses) > 5 else "")
    if lang == "fr":
        return f"{shown} ({len(addresses)}) non examinées jusqu’au bout"
    return f"{shown} ({len(addresses)}) not examined to the end"


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
