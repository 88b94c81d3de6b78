"""What a supplier says of its accesses against what lists, logs and gateways show of its accounts. Pure.

Only what was looked at contradicts: without a list and without a gateway nothing does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from care.domain.remote_access import Technology
from scanners.model import Text

UNUSED = timedelta(days=90)
"""That of the rules on unused accounts."""
MOST = 3
"""Accounts or addresses that one sentence names."""
_NO_TUNNEL = frozenset({Technology.SAAS_TOOL, Technology.MODEM, Technology.DIRECT})


@dataclass(frozen=True, slots=True)
class SeenAccount:
    """One account as one place shows it: a list of accounts with the log of sessions, or a gateway (`gateway`).

    `on` is the day of which that place speaks, `open` whether the account may come in, `sources` the addresses that its
    sessions came from; None and () are not known.
    """

    name: str
    place: str
    on: date
    gateway: bool = False
    open: bool | None = None
    last_use: date | None = None
    sources: tuple[str, ...] = ()
    company: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """Every account that was seen, by its key, and the places that were looked at: lists of accounts, gateways."""

    accounts: Mapping[str, tuple[SeenAccount, ...]] = field(default_factory=dict)
    lists: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()


def contradictions(said: Mapping[str, Any], keys: Mapping[str, str], seen: Seen) -> Mapping[str, tuple[Text, ...]]:
    """What belies each answer about one access, by question. `keys` are those of the accounts it uses, by name."""
    known = {name: seen.accounts.get(key, ()) for name, key in keys.items()}
    found = {
        "accounts": tuple(_of_accounts(said.get("accounts") or (), known, seen)),
        "sources": tuple(_of_sources(said.get("sources") or (), known)),
        "technology": tuple(_of_technology(said.get("technology"), known, seen)),
    }
    return {name: texts for name, texts in found.items() if texts}


def _of_accounts(said: Iterable[str], known: Mapping[str, Sequence[SeenAccount]], seen: Seen) -> Iterator[Text]:
    """Accounts said to be used: unknown wherever one looked, closed, or of no use for long."""
    for name in said:
        found = known.get(name, ())
        if not found:
            if seen.lists:
                places = ", ".join((*seen.lists, *seen.gateways))
                yield Text(f"« {name} » n’est pas dans {places}.", f"“{name}” is not in {places}.")
        elif all(one.open is False for one in found):
            one = found[0]
            yield Text(f"« {name} » est fermé ({one.place}).", f"“{name}” is closed ({one.place}).")
        elif (last := _unused_since(found)) is not None:
            yield Text(
                f"« {name} » n’a pas servi depuis le {last:%d/%m/%Y}.", f"“{name}” has not been used since {last}."
            )


def _unused_since(found: Sequence[SeenAccount]) -> date | None:
    used = [one.last_use for one in found if one.last_use is not None]
    on = max(one.on for one in found)
    return max(used) if used and on - max(used) > UNUSED else None


def _of_sources(said: Sequence[str], known: Mapping[str, Sequence[SeenAccount]]) -> Iterator[Text]:
    """Addresses that sessions came from and that are none of those said. One that is no address leaves all unsaid."""
    networks = _networks(said)
    if not networks:
        return
    for name, found in known.items():
        places = {source: one.place for one in found for source in one.sources if _outside(source, networks)}
        if places:
            shown, more = ", ".join(sorted(places)[:MOST]), len(places) - MOST
            place = next(iter(places.values()))
            yield Text(
                f"« {name} » est venu de {shown}" + (f" et {more} autres" if more > 0 else "") + f" ({place}).",
                f"“{name}” came from {shown}" + (f" and {more} more" if more > 0 else "") + f" ({place}).",
            )


def _networks(said: Sequence[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(one, strict=False) for one in said)
    except ValueError:
        return ()


def _outside(source: str, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    try:
        address = ip_address(source)
    except ValueError:
        return False
    return not any(address in network for network in networks)


def _of_technology(said: str | None, known: Mapping[str, Sequence[SeenAccount]], seen: Seen) -> Iterator[Text]:
    """A bastion that does not know the accounts which a VPN lets in; a VPN or a bastion that lets in whoever says that
    it uses none."""
    opened = [one for found in known.values() for one in found if one.open is not False]
    if said == Technology.BASTION and seen.gateways and not any(one.gateway for one in opened):
        for one in opened[:MOST]:
            yield Text(
                f"« {one.name} » entre par {one.place}, et aucun bastion audité ne le connaît.",
                f"“{one.name}” comes in by {one.place}, and no bastion that was audited knows it.",
            )
    elif said in _NO_TUNNEL:
        for one in opened[:MOST]:
            yield Text(f"« {one.name} » est ouvert sur {one.place}.", f"“{one.name}” is open on {one.place}.")
