"""Taking up what an audit that was cut short had left: only that is contacted, and both parts make one audit. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from scanners.exposure.facts import ExposureFacts, Host
from scanners.exposure.targets import Address


def rest(addresses: Collection[Address], earlier: ExposureFacts) -> frozenset[Address]:
    """The addresses to contact: those the earlier part did not end with, and those its targets lead to since."""
    done = {host.address for host in earlier.hosts} - set(earlier.unfinished)
    return frozenset(address for address in addresses if str(address) not in done)


def answered(facts: ExposureFacts) -> bool:
    """Whether any address of a part answered something: the silence of the others is then no sign of a broken route."""
    return any(host.ports or host.closed or host.answers_everything for host in facts.hosts)


def joined(earlier: ExposureFacts, later: ExposureFacts, addresses: Collection[Address]) -> ExposureFacts:
    """Both parts as one audit of these addresses, dated by the later one. Where both looked, the later one counts.

    What the earlier part could not look at is looked at by the later one, so that its gaps about hosts are over, and
    those about names and domains, which are asked again each time; its other gaps stay.
    """
    wanted = {str(address): rank for rank, address in enumerate(addresses)}
    hosts: dict[str, Host] = {}
    for part in (earlier, later):
        hosts |= {host.address: host for host in part.hosts if host.address in wanted}
    kept = (gap for gap in earlier.gaps if gap.section not in {"hosts", "dns", "mail", "names"})
    return replace(
        later,
        hosts=tuple(sorted(hosts.values(), key=lambda host: wanted[host.address])),
        raw_scans=tuple(dict.fromkeys((*earlier.raw_scans, *later.raw_scans))),
        gaps=tuple(dict.fromkeys((*kept, *later.gaps))),
    )
