"""The exposure collector, phase by phase: mandate, names, open ports with a short conversation each, sites and mail.

Nothing is contacted before the mandate has been checked for every address. No password is tried, nothing is
exploited; interface engines, controllers and printers receive no byte. What could not be read becomes a gap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

from scanners.archive import read_archive
from scanners.collect import Context, Progress
from scanners.errors import CollectError
from scanners.exposure.collect_around import Around, checked_domains, parse_domains, strictly_inside
from scanners.exposure.collect_audit import Audit, in_order
from scanners.exposure.collect_dns import Resolver
from scanners.exposure.collect_domains import DomainOrder, PaceOf
from scanners.exposure.collect_names import Perimeter, is_avoided, perimeter
from scanners.exposure.collect_nmap import Nmap
from scanners.exposure.collect_profiles import PROFILES, Profile
from scanners.exposure.collect_request import Request, target_name
from scanners.exposure.collect_tls import Trust, machine_trust, trust
from scanners.exposure.collect_vulnerabilities import compared
from scanners.exposure.earlier import answered, finished, joined, of_both, rest
from scanners.exposure.exclusions import Exclusions, barred, set_aside
from scanners.exposure.facts import Allowed, ExposureFacts, Host
from scanners.exposure.gaps import told_apart
from scanners.exposure.known_places import KnownPlaces
from scanners.exposure.mandate import Mandate, parse_mandate
from scanners.exposure.never_written import NeverWritten, in_force
from scanners.exposure.targets import Address, Target, parse_ports, parse_targets, write_ports
from scanners.lifecycle import imported_rows
from scanners.model import Text

__all__ = ["KEEPS_PARTIAL", "Request", "collect", "target_name"]

KEEPS_PARTIAL = True
"""An audit that is asked to end early keeps what it saw (`scanners.stopping`)."""
_BEFORE, _AFTER = 0.05, 0.9
"""Where the scan of the addresses begins and ends, in the progress of the whole."""


def collect(request: Request, context: Context) -> ExposureFacts:
    """Look at everything the request names; MandateError, TargetError or CollectError before any packet."""
    order = _Order.of(request, context)
    area = order.perimeter()
    around = order.around(area)
    around.before(area, partial(_within, context.progress, 0.0, _BEFORE))
    every = sorted(area.addresses, key=in_order)
    names = {address: area.addresses[address] for address in every}
    earlier = _earlier_part(request.earlier)
    if earlier is not None:
        left = rest(every, earlier)
        area.addresses = {address: found for address, found in area.addresses.items() if address in left}
    audit = order.audit(area, route_known=earlier is not None and answered(earlier))
    hosts = audit.run()
    if earlier is not None:
        around.already = finished(earlier)
        hosts = of_both(around.already, hosts, names)
    hosts = order.second_look(around, hosts, audit)
    unfinished, found_names = audit.unfinished(around.unfinished), around.found_names(order.spares(area))
    aside = set_aside(area.excluded, found_names)
    facts = ExposureFacts(
        collected_at=context.now,
        targets=tuple(target.written for target in order.targets),
        mandate_reference=order.mandate.reference,
        mandate_document=order.mandate.document,
        authorised_by=f"{order.mandate.authorised_by}, {order.mandate.role}",
        profile=request.profile,
        ports=write_ports(audit.ports),
        udp_ports=write_ports(audit.over_udp),
        hosts=hosts,
        nmap_version=order.nmap.version,
        raw_scans=tuple(scan.raw for scan in audit.scans if scan.raw is not None),
        left_out=tuple(area.left_out),
        exclusions=order.excluded.applied(names, aside),
        barred=barred(order.mandate, aside),
        unfinished=unfinished,
        gaps=told_apart((*audit.unseen.gaps, *around.gaps), hosts, around.domains),
        domains=around.domains,
        found_names=found_names,
        absent_names=around.absent_names(),
        never_written=request.never_written,
        permissions=order.permissions,
        lifecycle=imported_rows(request.lifecycle_yaml),
    )
    whole = joined(earlier, facts) if earlier is not None else facts
    return compared(whole, request.vulnerabilities_store, context.now)


@dataclass(frozen=True)
class _Order:
    """A request held to its mandate, and the means to carry it out. `ports` is empty for the usual ones."""

    request: Request
    context: Context
    mandate: Mandate
    targets: tuple[Target, ...]
    ports: tuple[int, ...]
    authorities: Trust
    resolver: Resolver
    domains: tuple[DomainOrder, ...]
    nmap: Nmap
    excluded: Exclusions
    profile: Profile
    permissions: tuple[Allowed, ...]
    unwritten: NeverWritten
    pace_of: PaceOf
    places: KnownPlaces

    @classmethod
    def of(cls, request: Request, context: Context) -> _Order:
        """Everything that can be refused without a packet."""
        mandate = parse_mandate(request.mandate)
        mandate.check_time(context.now)
        profile = PROFILES[request.profile]
        permissions = in_force(request.permissions, mandate.day_of(context.now))
        unwritten = NeverWritten.of(request.never_written, permissions, profile.connect_only)
        return cls(
            request,
            context,
            mandate,
            targets=tuple(parse_targets(request.targets)),
            ports=parse_ports(request.ports) if request.ports else (),
            authorities=trust(request.ca_pem) if request.ca_pem else machine_trust(),
            resolver=Resolver(request.resolver, context.stop),
            domains=checked_domains(parse_domains(request.domains), mandate),
            nmap=Nmap(),
            excluded=Exclusions.of(request.exclusions),
            profile=profile,
            permissions=permissions,
            unwritten=unwritten,
            pace_of=lru_cache(None)(partial(profile.pace, context.stop, unwritten)),
            places=KnownPlaces.of(request.known_places, mandate),
        )

    def perimeter(self) -> Perimeter:
        """The addresses that may be contacted: the targets, their names resolved, held to the mandate."""
        look_up = self.resolver.addresses if self.resolver.given else None
        return perimeter(self.targets, self.mandate, self.excluded, look_up, self.request.known_names, self.places)

    def spares(self, area: Perimeter) -> Callable[[Address | str], bool]:
        """What a person excludes, and what stands behind a name that is excluded."""
        return lambda what: self.excluded.from_contact(what) or what in area.behind

    def around(self, area: Perimeter) -> Around:
        """Names and domains, asked about before the addresses; sites and mail, asked after them."""
        return Around(
            self.mandate,
            strictly_inside(self.mandate, self.spares(area), self.places),
            self.resolver,
            self.domains,
            self.request.names_file,
            tuple(target.name for target in self.targets if target.name),
            None if self.profile.connect_only else self.pace_of,
            self.profile.host_seconds,
            self.request.known_names,
            self.authorities,
            lambda name: is_avoided(name, self.mandate, self.excluded),
            self.places,
        )

    def audit(self, area: Perimeter, *, route_known: bool) -> Audit:
        """The scan of the addresses."""
        progress = partial(_within, self.context.progress, _BEFORE, _AFTER)
        return Audit(
            self.nmap,
            self.profile,
            self.ports or self.nmap.usual_ports(),
            replace(self.context, progress=progress),
            area,
            self.authorities,
            self.unwritten,
            usual=not self.ports,
            route_known=route_known,
        )

    def second_look(self, around: Around, hosts: tuple[Host, ...], audit: Audit) -> tuple[Host, ...]:
        """The hosts with their sites and mail servers, unless nothing may be asked or the audit is to end."""
        if self.profile.connect_only:
            return hosts
        if self.context.stop.asked():
            around.note_unfinished(hosts)
            return hosts
        paces = {host.address: audit.paces.get(host.address) or self.pace_of(host.address) for host in hosts}
        return around.after(hosts, paces, partial(_within, self.context.progress, _AFTER, 1.0))


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
