"""Taking up what an audit that was cut short had left: only that is contacted, and both parts make one audit. Pure.

Names and domains are read anew each time. What they lead to is asked of all the hosts, those of the earlier part too:
sites under names that lead there since, and the mail servers that DANE is about.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from scanners.exposure.facts import ExposureFacts, Host
from scanners.exposure.targets import Address


def finished(earlier: ExposureFacts) -> dict[str, Host]:
    """The hosts that the earlier part ended with, by address."""
    return {host.address: host for host in earlier.hosts if host.address not in earlier.unfinished}


def rest(addresses: Collection[Address], earlier: ExposureFacts) -> frozenset[Address]:
    """The addresses to contact: those the earlier part did not end with, and those its targets lead to since."""
    done = finished(earlier)
    return frozenset(address for address in addresses if str(address) not in done)


def answered(facts: ExposureFacts) -> bool:
    """Whether any address of a part answered something: the silence of the others is then no sign of a broken route."""
    return any(host.ports or host.closed or host.answers_everything for host in facts.hosts)


def of_both(
    done: Mapping[str, Host], later: Iterable[Host], names: Mapping[Address, Sequence[str]]
) -> tuple[Host, ...]:
    """The hosts of both parts among the addresses that `names` gives, with the names that lead to each now."""
    hosts = {**done, **{host.address: host for host in later}}
    known = ((hosts[str(address)], led) for address, led in names.items() if str(address) in hosts)
    return tuple(replace(host, names=tuple(dict.fromkeys((*host.names, *led)))) for host, led in known)


def joined(earlier: ExposureFacts, later: ExposureFacts) -> ExposureFacts:
    """Both parts as one audit, dated by the later one, whose hosts are already those of both.

    What the earlier part could not look at is looked at by the later one, so that its gaps about hosts are over, and
    those about names and domains, which are asked again each time; its other gaps stay.
    """
    kept = (gap for gap in earlier.gaps if gap.section not in {"hosts", "dns", "mail", "names"})
    return replace(
        later,
        raw_scans=tuple(dict.fromkeys((*earlier.raw_scans, *later.raw_scans))),
        gaps=tuple(dict.fromkeys((*kept, *later.gaps))),
    )
