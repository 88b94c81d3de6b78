"""What surrounds the scan of addresses: names found before it, sites, mail and domains asked after it.

Before: the domains are read and names discovered; those that lead inside the mandate join the perimeter with the
address that was checked. After: names seen in certificates, web ports under each of their names, relaying, DANE.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from ipaddress import ip_address

from scanners.errors import FieldError
from scanners.exposure.collect_discovery import Discovery
from scanners.exposure.collect_dns import Resolver, State, together
from scanners.exposure.collect_domains import DomainOrder, Inside, PaceOf, read_domain, unhurried
from scanners.exposure.collect_mail import asked_to_relay, with_dane
from scanners.exposure.collect_names import (
    NOTHING_KNOWN,
    Perimeter,
    has_moved,
    may_lead_to,
    nothing_left,
    unknown_place,
)
from scanners.exposure.collect_sites import SiteQuestions
from scanners.exposure.collect_tls import Trust
from scanners.exposure.collect_wire import Pace
from scanners.exposure.domain_facts import Domain, FoundName, NameOrigin
from scanners.exposure.facts import Host
from scanners.exposure.known_places import KnownPlaces
from scanners.exposure.mandate import Mandate, MandateError
from scanners.exposure.read_names import read_names
from scanners.exposure.targets import MAX_ADDRESSES, Address, is_name
from scanners.model import Gap, Text

MAX_DOMAINS = 50
"""Domains of one audit."""
_MAX_SELECTORS = 20
_SELECTOR = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}\Z")
_HOSTS_AT_ONCE = 16
_SHOWN = 5
_UNBOUNDED = float("inf")
Say = Callable[[float, Text], None]


def parse_domains(lines: Sequence[str]) -> tuple[DomainOrder, ...]:
    """Domains, one a line, each followed by the DKIM selectors its administrator knows: `hopital.fr s2024 brevo`."""
    orders: dict[str, DomainOrder] = {}
    for line in lines:
        words = line.partition("#")[0].lower().replace(",", " ").split()
        if not words:
            continue
        name, selectors = words[0].removesuffix("."), tuple(words[1:])
        if "." not in name or not is_name(name) or not _are_selectors(selectors):
            raise FieldError(
                f"Le domaine {line[:80]!a} est mal écrit ; un par ligne, suivi de ses sélecteurs DKIM s’il y en a.",
                f"The domain {line[:80]!a} is malformed; one a line, followed by its DKIM selectors when known.",
            )
        orders[name] = DomainOrder(name, selectors)
    if len(orders) > MAX_DOMAINS:
        raise FieldError(
            f"{len(orders)} domaines sont donnés, la limite est de {MAX_DOMAINS} ; faites-en plusieurs cibles.",
            f"{len(orders)} domains are given, the limit is {MAX_DOMAINS}; spread them over several targets.",
        )
    return tuple(orders.values())


def well_formed(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The same lines; FieldError when one is not a domain."""
    parse_domains(lines)
    return lines


def _are_selectors(words: tuple[str, ...]) -> bool:
    return len(words) <= _MAX_SELECTORS and all(map(_SELECTOR.match, words))


def covers_domain(mandate: Mandate, domain: str) -> bool:
    """Whether a mandate names a domain: exactly, by one of its parents, or by `*.domain` itself."""
    named = mandate.scope.holds(domain) or f".{domain}" in mandate.scope.suffixes
    return named and not mandate.excluded.holds(domain)


def checked_domains(orders: tuple[DomainOrder, ...], mandate: Mandate) -> tuple[DomainOrder, ...]:
    """The same domains; MandateError for one that the mandate does not name."""
    for order in orders:
        if not covers_domain(mandate, order.name):
            raise MandateError(
                f"Le mandat « {mandate.reference} » ne couvre pas le domaine {order.name} ; faites-le étendre par "
                f"{mandate.authorised_by}, ou retirez-le de la cible.",
                f"The mandate “{mandate.reference}” does not cover the domain {order.name}; have it extended by "
                f"{mandate.authorised_by}, or remove it from the target.",
            )
    return orders


def strictly_inside(
    mandate: Mandate, excluded: Callable[[Address | str], bool], places: KnownPlaces = NOTHING_KNOWN
) -> Inside:
    """Whether a name that nobody listed may be contacted at an address: the mandate names the address, or this name.

    `*.hopital.fr` is not enough: behind such a name may stand a company whose machines nobody authorised us to scan.
    """

    def inside(name: str, address: Address) -> bool:
        named = mandate.scope.holds(address) or name in mandate.scope.names
        allowed = may_lead_to(name, address, mandate, places) and not mandate.excluded.holds(name)
        return named and allowed and not excluded(name) and not excluded(address)

    return inside


def has_more_to_tell(host: Host) -> bool:
    """Whether a host has sites or mail servers, which are asked once its ports are known."""
    return any(port.http is not None or port.service.name == "smtp" for port in host.ports)


def _too_slow(host: Host) -> list[Gap]:
    """One gap for all the sites that a slow host left without an answer; rules tell mail servers that said nothing."""
    if not any(port.http is not None for port in host.ports):
        return []
    fr = f"{host.address} répond trop lentement : ses sites n’ont pas tous été interrogés ; relancez l’audit."
    en = f"{host.address} answers too slowly: its sites were not all questioned; run the audit again."
    return [Gap("http", Text(fr, en), truncated=True, subject=host.address)]


@dataclass
class Around:
    """One audit’s names and domains. `asked`, `names_file` and `known_names` are the request’s; `say` takes a share of
    its work.

    Without `pace_of` no machine but the resolver is written to. The sites and mail servers of one host may take
    `seconds`; `unfinished` are the hosts that were not asked about all of them because the audit was to end; `already`
    those that an earlier part asked, asked again only when further names lead there. `avoided` says which names are
    excluded: the addresses that they lead to leave the perimeter. `places` are those of the names of the mandate.
    """

    mandate: Mandate
    inside: Inside
    resolver: Resolver
    asked: tuple[DomainOrder, ...] = ()
    names_file: str = ""
    target_names: tuple[str, ...] = ()
    pace_of: PaceOf | None = unhurried
    seconds: float = _UNBOUNDED
    known_names: tuple[str, ...] = ()
    authorities: Trust | None = None
    avoided: Callable[[str], bool] = lambda _: False
    places: KnownPlaces = NOTHING_KNOWN
    already: Mapping[str, Host] = field(default_factory=dict)
    unfinished: set[str] = field(default_factory=set)
    domains: tuple[Domain, ...] = ()
    gaps: list[Gap] = field(default_factory=list)
    _discovery: Discovery | None = None
    _out: dict[str, FoundName] = field(default_factory=dict)

    def before(self, area: Perimeter, say: Say) -> None:
        """Read the domains, discover names, and add to the perimeter those that lead inside the mandate."""
        self._out = {
            name: FoundName(name, NameOrigin.TARGET, outside=tuple(str(address) for address in addresses))
            for name, addresses in area.outside.items()
        }
        wanted = bool(self.asked or self.names_file)
        if not wanted and not self.target_names:
            return
        if not self.resolver.alive():
            if wanted:
                self._refuse_unknown_places()
                self.gaps += [Gap(section, self.resolver.mute()) for section in ("dns", "mail", "names")]
            return
        say(0.0, Text("Lecture des domaines", "Reading the domains"))
        transferred = self._read_domains()
        self._note_targets(area)
        if wanted:
            say(0.5, Text("Recherche de noms", "Looking for names"))
            self._discover(area, transferred)

    def _refuse_unknown_places(self) -> None:
        """Without DNS, nobody knows which address an excluded name of the file spares."""
        for name in read_names(self.names_file, [order.name for order in self.asked]).names:
            if self.avoided(name):
                raise unknown_place(name)

    def _read_domains(self) -> tuple[str, ...]:
        orders = {order.name: order for order in self.asked}
        zones = dict(zip(self.target_names, together(self.resolver.zone_of, self.target_names), strict=True))
        for name in (name for name, zone in zones.items() if zone is None):
            self._note_unanswered(name, "dns", "mail")
        for zone in dict.fromkeys(zones.values()):
            if zone and len(orders) < MAX_DOMAINS and covers_domain(self.mandate, zone):
                orders.setdefault(zone, DomainOrder(zone))
        readings = [
            read_domain(order, self.resolver, self.inside, self.pace_of, self.authorities) for order in orders.values()
        ]
        self.domains = tuple(reading.domain for reading in readings)
        self.gaps += [gap for reading in readings for gap in reading.gaps]
        return tuple(name for reading in readings for name in reading.transferred)

    def _note_targets(self, area: Perimeter) -> None:
        """Where the aliases of the targets lead: their addresses are already pinned, those given here are not used."""
        from_area = {name: str(address) for address, names in area.addresses.items() for name in names}
        for place in together(self.resolver.locate, self.target_names):
            addresses = (from_area[place.name],) if place.name in from_area else ()
            if place.alias and self.avoided(place.alias):
                led = (address for address, names in area.addresses.items() if place.name in names)
                self._spare(area, dict.fromkeys((*place.addresses, *led), (place.alias,)))
            if place.name in self._out:
                continue
            if place.state is State.FAILED and not addresses:
                self._note_unanswered(place.name, "names")
            else:
                self._out[place.name] = FoundName(
                    place.name, NameOrigin.TARGET, addresses, alias=place.alias, gone=place.nowhere and not addresses
                )

    def _note_unanswered(self, name: str, *sections: str) -> None:
        """What DNS did not say of one name of the target is unknown of that name only."""
        fr = f"Le serveur DNS n’a pas répondu au sujet de {name} ; relancez l’audit."
        en = f"The DNS server did not answer about {name}; run the audit again."
        self.gaps += [Gap(section, Text(fr, en), truncated=True, subject=name) for section in sections]

    def _discover(self, area: Perimeter, transferred: Sequence[str]) -> None:
        names = [domain.name for domain in self.domains]
        discovery = self._discovery = Discovery(
            self.resolver, self.inside, names, dict(self._out), avoided=self.avoided
        )
        read = read_names(self.names_file, names)
        discovery.add(read.names, NameOrigin.FILE)
        discovery.add(transferred, NameOrigin.TRANSFER)
        discovery.add((server.name for domain in self.domains for server in domain.mail_servers), NameOrigin.DNS)
        discovery.add((server.name for domain in self.domains for server in domain.name_servers), NameOrigin.DNS)
        discovery.ask_reverse(area.addresses)
        discovery.try_words()
        discovery.ask_again(self.known_names)
        for address in discovery.spared:
            discovery.pinned.pop(address, None)
        self._spare(area, discovery.spared, left=discovery.pinned)
        self._pin(area, discovery)

    def _spare(self, area: Perimeter, spared: Mapping[Address, Sequence[str]], left: Collection[Address] = ()) -> None:
        """What stands behind an excluded name leaves the perimeter; CollectError when nothing is `left` besides."""
        for address, names in spared.items():
            area.behind.setdefault(address, []).extend(names)
            if address in area.addresses:
                area.excluded[address] = list(dict.fromkeys((*area.addresses.pop(address), *names)))
                area.left_out.append(str(address))
        if spared and not area.addresses and not left:
            raise nothing_left(area, self.mandate)

    def _pin(self, area: Perimeter, discovery: Discovery) -> None:
        """What was found inside joins the perimeter, as far as an audit may go."""
        new = [address for address in discovery.pinned if address not in area.addresses]
        room = MAX_ADDRESSES - len(area.addresses)
        if len(new) > room:
            fr = f"{len(new) - room} adresses trouvées dépassent la limite d’un audit ({MAX_ADDRESSES}) ; découpez-le."
            en = f"{len(new) - room} addresses found exceed the limit of an audit ({MAX_ADDRESSES}); split it."
            self.gaps.append(Gap("names", Text(fr, en), truncated=True))
        for address in (*(known for known in discovery.pinned if known in area.addresses), *new[:room]):
            names = area.addresses.setdefault(address, [])
            names += [name for name in discovery.pinned[address] if name not in names]

    def after(self, hosts: Sequence[Host], paces: Mapping[str, Pace], say: Say) -> tuple[Host, ...]:
        """The hosts with what their certificates, sites and mail servers told besides, at the `paces` of the scan."""
        own = {host.address: self._own_name(host) for host in hosts}
        named = self._with_certificate_names(hosts)
        say(0.0, Text("Sites et messagerie", "Sites and mail"))

        def ask(host: Host) -> tuple[Host, list[Gap]]:
            if self._was_asked(host) or self._is_spared(host):
                return host, []
            pace = paces[host.address]
            pace.allow(self.seconds)
            questions = SiteQuestions(host, pace, own[host.address])
            answered = asked_to_relay(questions.run(), pace)
            if not pace.stop.asked() or not has_more_to_tell(host):
                return answered, _too_slow(host) if pace.late else questions.gaps
            self.unfinished.add(host.address)
            return host, []

        with ThreadPoolExecutor(_HOSTS_AT_ONCE) as pool:
            answers = list(pool.map(ask, named))
        self.gaps += [gap for _, gaps in answers for gap in gaps]
        reachable = {name: host.address for host in named if not self._is_spared(host) for name in host.names}
        self._compare_with_dane(reachable, paces)
        say(1.0, Text("Sites et messagerie", "Sites and mail"))
        return tuple(host for host, _ in answers)

    def _compare_with_dane(self, reachable: Mapping[str, str], paces: Mapping[str, Pace]) -> None:
        for pace in paces.values():
            pace.allow(self.seconds)
        self.domains = with_dane(self.domains, reachable, paces)
        if self.domains and any(pace.stop.asked() for pace in paces.values()):
            fr = "L’audit a été interrompu : les serveurs de messagerie n’ont pas tous été comparés à DANE."
            en = "The audit was stopped: mail servers were not all compared with DANE."
            self.gaps.append(Gap("mail", Text(fr, en), truncated=True))

    def note_unfinished(self, hosts: Sequence[Host]) -> None:
        """Hosts that an early end left without their second look, if they have something to tell."""
        self.unfinished.update(host.address for host in hosts if has_more_to_tell(host) and not self._was_asked(host))

    def _own_name(self, host: Host) -> str:
        """The name under which the ports of a host were asked, before others were found to lead there."""
        before = self.already.get(host.address, host)
        name = next(iter(before.names), "")
        return "" if any(site.name == name for port in before.ports for site in port.sites) else name

    def _was_asked(self, host: Host) -> bool:
        before = self.already.get(host.address)
        return before is not None and set(host.names) <= set(before.names)

    def _is_spared(self, host: Host) -> bool:
        """Whether a certificate told that an excluded name leads there: nothing more is asked."""
        return self._discovery is not None and ip_address(host.address) in self._discovery.spared

    def _with_certificate_names(self, hosts: Sequence[Host]) -> list[Host]:
        """Hosts with the names of their certificates that lead back to them."""
        if self._discovery is None:
            return list(hosts)
        self._discovery.pinned.clear()
        shown = (
            name
            for host in hosts
            for port in host.ports
            if port.tls is not None and port.tls.certificate is not None
            for name in port.tls.certificate.names
        )
        self._discovery.add(shown, NameOrigin.CERTIFICATE)
        led = self._discovery.pinned
        return [
            replace(host, names=tuple(dict.fromkeys((*host.names, *led.get(ip_address(host.address), ())))))
            for host in hosts
        ]

    def absent_names(self) -> tuple[str, ...]:
        """The names of former audits that have no address any more, by name."""
        return tuple(sorted(self._discovery.absent)) if self._discovery is not None else ()

    def found_names(self, excluded: Callable[[Address | str], bool] = lambda _: False) -> tuple[FoundName, ...]:
        """Every name found, and the targets that lead out, by name; of these addresses, those that are `excluded`, and
        those that are new to a known name: a gap each, since nothing was sent there."""
        known = self._discovery.names if self._discovery is not None else self._out
        if self._discovery is not None:
            self.gaps += self._discovery.take_gaps()

        def spared(found: FoundName) -> tuple[str, ...]:
            by_name = self.mandate.excluded.holds(found.name) or excluded(found.name)
            places = ((text, ip_address(text)) for text in found.outside)
            return tuple(text for text, at in places if by_name or self.mandate.excluded.holds(at) or excluded(at))

        told = (replace(known[name], spared=spared(known[name])) for name in sorted(known))
        names = tuple(map(self._with_moves, told))
        self.gaps += [_unseen_since(found) for found in names if found.moved_to]
        return names

    def _with_moves(self, found: FoundName) -> FoundName:
        """A name with its addresses that wait for a person to say yes. What nobody listed may not be contacted outside
        the addresses of the mandate, whoever says yes."""
        if found.name not in self.target_names and found.name not in self.mandate.scope.names:
            return found
        moved = (text for text in found.outside if text not in found.spared)
        new = tuple(text for text in moved if has_moved(found.name, ip_address(text), self.mandate, self.places))
        return replace(found, moved_to=new, lived_at=self.places.former(found.name)) if new else found


def _unseen_since(found: FoundName) -> Gap:
    new, former = (", ".join(some[:_SHOWN]) for some in (found.moved_to, found.lived_at))
    fr = (
        f"Le nom {found.name} mène maintenant à {new} (auparavant {former}) : rien n’y a été envoyé. Vérifiez ce "
        "changement de DNS, puis acceptez la nouvelle adresse sur la page du mandat, ou dans son fichier."
    )
    en = (
        f"The name {found.name} now leads to {new} (formerly {former}): nothing was sent there. Check this change of "
        "DNS, then accept the new address on the page of the mandate, or in its file."
    )
    return Gap("hosts", Text(fr, en), truncated=True, subject=found.name)
