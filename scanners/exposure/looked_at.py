"""Where an audit looked: only there does its silence say that something is gone. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from scanners.exposure.facts import Endpoint, ExposureFacts
from scanners.exposure.mandate import parse_area
from scanners.exposure.named_products import told_products
from scanners.exposure.never_written import NeverWritten
from scanners.exposure.subjects import Subject, read_subject
from scanners.exposure.targets import parse_ports
from scanners.vulnerabilities.names import family


def looked_at(facts: ExposureFacts) -> Callable[[str], bool]:
    """Whether an audit looked at all that a subject names: its address was scanned, its port tried, its name asked.

    A name was asked when DNS said where it leads, be it nowhere. A port was asked under a further name when that name
    leads inside; a name that leads nowhere any more is served by nobody, one that leads outside was not looked at.
    What a gap is about was not looked at, nor anything there: vulnerabilities, further names. Nor was an open port that
    nothing named this time; nor the vulnerabilities of a product that tells no version there: hiding it mends nothing,
    whatever else the port tells of itself, and whatever it tells under another of its names.
    """
    scanned, ports = scanned_addresses(facts), _ports(facts)
    inside = {name for host in facts.hosts for name in host.names}
    served = inside.union(facts.absent_names, (found.name for found in facts.found_names if found.gone))
    asked = served.union((found.name for found in facts.found_names), (domain.name for domain in facts.domains))
    excluded = [parse_area([one.what]) for one in facts.exclusions if one.mode == "no_scan"]
    missed = {gap.subject for gap in facts.gaps if gap.subject}
    missed |= {end.subject for end in facts.endpoints() if end.port.protocol == "tcp" and not end.service.name}
    open_ports = {end.subject for end in facts.endpoints()}
    served_there = {host.address: frozenset(map(str.casefold, host.names)) for host in facts.hosts}
    versions = _versions(facts)
    unwritten = NeverWritten.of(facts.never_written)

    def looked(subject: Subject) -> bool:
        if any(area.holds(what) for area in excluded for what in (subject.host, subject.site) if what):
            return False
        if missed.intersection((subject.place, f"{subject.place} ({subject.site})", str(subject.host), subject.site)):
            return False
        still_served = not subject.site or subject.site in served_there.get(str(subject.host), ())
        product = (subject.place, subject.site, family(subject.product)[0])
        if subject.detail and subject.place in open_ports and still_served and product not in versions:
            return False
        if isinstance(subject.host, str):
            return subject.host in asked
        tried = not subject.number or subject.number in ports.get(subject.protocol, ())
        if subject.protocol == "udp" and unwritten.by_choice(str(subject.host), subject.number):
            return False
        return str(subject.host) in scanned and tried and (not subject.site or subject.site in served)

    return lambda subject: looked(read_subject(subject))


def _versions(facts: ExposureFacts) -> frozenset[tuple[str, str, str]]:
    """The port, the further name (none for the port itself) and the product of each version that was told.

    What a port says of itself, it says under the name it was asked by: which name comes first changes with the targets.
    """
    own = {end.subject: name.casefold() for end in facts.endpoints() if (name := _asked_by(end))}
    told = set()
    for one in told_products(facts):
        subject = read_subject(one.subject)
        if one.version:
            product = family(one.product)[0]
            told.add((subject.place, subject.site, product))
            if not subject.site and one.subject in own:
                told.add((subject.place, own[one.subject], product))
    return frozenset(told)


def _asked_by(end: Endpoint) -> str:
    """The name under which a port gave its own answer; empty when it was asked by its address."""
    name = end.port.asked_as or next(iter(end.host.names), "")
    return "" if any(site.name == name for site in end.port.sites) else name


def scanned_addresses(facts: ExposureFacts) -> frozenset[str]:
    """The addresses whose ports were searched to the end, whether they answered, refused or stayed silent."""
    hosts = (host for host in facts.hosts if host.ports or host.closed or host.filtered or host.answers_everything)
    return frozenset(host.address for host in hosts).difference(facts.unfinished)


def _ports(facts: ExposureFacts) -> dict[str, frozenset[int]]:
    written = {"tcp": facts.ports, "udp": facts.udp_ports}
    return {protocol: frozenset(parse_ports(text)) for protocol, text in written.items() if text}


def mute(facts: ExposureFacts) -> Callable[[str], bool]:
    """Whether nothing at all answered where a subject is: over UDP, which announces nothing, or on an address that did
    not even refuse.

    One audit cannot tell that from a datagram lost, a route down for an hour, or a firewall that banished it.
    """
    answering = {end.subject for end in facts.endpoints()}
    silent = {host.address for host in facts.hosts if not (host.ports or host.closed or host.answers_everything)}

    def heard_nothing(subject: Subject) -> bool:
        if str(subject.host) in silent:
            return True
        return subject.protocol == "udp" and subject.place not in answering

    return lambda subject: heard_nothing(read_subject(subject))


def led_to(facts: ExposureFacts, names: Mapping[str, Collection[str]]) -> Callable[[str], bool]:
    """Whether an audit was still led to what a subject names, whatever became of it there: its address or its name lay
    in the targets, or a person excluded it for a while. `names` are those that led to each address before.

    An audit that could not find its addresses, or the names that led to one, was not led elsewhere for all that.
    """
    troubled = {gap.section for gap in facts.gaps if not gap.subject}
    unresolved = {gap.subject for gap in facts.gaps if gap.subject}
    spared = [parse_area([one.what]) for one in facts.exclusions if one.mode == "no_scan"]
    addresses = {host.address for host in facts.hosts}.union(facts.unfinished)
    addresses |= {address for one in facts.exclusions if one.mode == "no_scan" for address in one.addresses}
    served = {name for host in facts.hosts for name in host.names}.union(facts.absent_names)
    served |= {found.name for found in facts.found_names if found.gone or not found.outside}
    asked = served.union((found.name for found in facts.found_names), (domain.name for domain in facts.domains))

    def named(name: str, known: Collection[str]) -> bool:
        return bool(troubled & {"hosts", "names", "dns"}) or name in known or name in unresolved

    def led(subject: Subject) -> bool:
        if any(area.holds(what) for area in spared for what in (subject.host, subject.site) if what):
            return True
        if isinstance(subject.host, str):
            return named(subject.host, asked)
        address = str(subject.host)
        there = "hosts" in troubled or address in addresses or bool(unresolved.intersection(names.get(address, ())))
        return there and (not subject.site or named(subject.site, served))

    return lambda subject: led(read_subject(subject))
