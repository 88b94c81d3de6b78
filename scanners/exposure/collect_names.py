"""From targets to the addresses that may be contacted: names are resolved once, and everything is held to the mandate.

What is scanned afterwards are these addresses, never the names again: a name that moves meanwhile cannot lead us out.
"""

from __future__ import annotations

import contextlib
import ipaddress
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from scanners.errors import CollectError
from scanners.exposure.exclusions import Exclusions
from scanners.exposure.known_places import KnownPlaces
from scanners.exposure.mandate import Mandate, MandateError
from scanners.exposure.targets import MAX_ADDRESSES, Address, Target, addresses_of, is_inside, is_nobody, unmapped
from scanners.model import Gap, Text

RESOLUTION_SECONDS = 10.0
"""How long the names looked up together are waited for."""
_LOOKUPS_AT_ONCE = 64
LookUp = Callable[[str], tuple[Address, ...] | None]
"""The addresses of a name: none when it has none, None when that could not be found out."""
NOTHING_KNOWN = KnownPlaces()
"""Every name is at home where it is found."""
_NO_SUCH_NAME = {socket.EAI_NONAME, socket.EAI_NODATA}


@dataclass
class Perimeter:
    """What may be contacted: each address with the names that led to it, and what was left out and why.

    `excluded` holds those of the targets that the mandate or a person excludes, with the names that account for it, and
    `behind` where excluded names lead. `outside` gives, for the names that moved out of the mandate, where they lead:
    told to people, never contacted.
    """

    addresses: dict[Address, list[str]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    excluded: dict[Address, list[str]] = field(default_factory=dict)
    behind: dict[Address, list[str]] = field(default_factory=dict)
    outside: dict[str, list[Address]] = field(default_factory=dict)


def perimeter(
    targets: Sequence[Target],
    mandate: Mandate,
    exclusions: Exclusions | None = None,
    look_up: LookUp | None = None,
    known: Iterable[str] = (),
    places: KnownPlaces = NOTHING_KNOWN,
) -> Perimeter:
    """The addresses of all targets; MandateError or CollectError before any packet reaches one of them.

    Addresses that the mandate excludes inside a network are left out; a target that it excludes or does not cover is
    refused; where a name that moved out of it leads is kept apart (`outside`), and nothing is sent there. What a person
    excludes (`exclusions`) is left out wherever it stands, and so is what stands behind a name that is excluded: when
    such a name cannot be resolved, the audit is refused. A target that does not resolve is a gap about itself, unless
    nothing else is left. `look_up` resolves one name, by the system when None. `known` are names that former
    audits found: what stands behind those that are excluded, be it by a pattern, is left out as well. Where a name has
    moved to (`places`) is kept apart too; when nothing else is left, the audit goes on to report it.
    """
    found = Perimeter()
    for target in targets:
        if target.network is not None:
            _add_network(found, target.network, mandate)
    exclusions = exclusions or Exclusions()
    named = dict.fromkeys(target.name for target in targets if target.name)
    excluded = (name for name in (*named, *known) if is_avoided(name, mandate, exclusions))
    avoided = dict.fromkeys((*sorted(mandate.excluded.names), *exclusions.names(), *excluded))
    for name in named:
        if mandate.excluded.holds(name):
            mandate.check(name)
    resolved = _resolve(tuple(named | avoided), look_up or _addresses)
    found.behind = _behind(avoided, resolved)
    for name in named:
        _add_name(found, name, resolved[name] or (), mandate, places)
    _leave_out(found, exclusions)
    if not found.addresses and not _moves(found, mandate, places):
        raise nothing_left(found, mandate)
    if len(found.addresses) > MAX_ADDRESSES:
        raise CollectError(
            f"Le périmètre compte {len(found.addresses)} adresses, la limite est de {MAX_ADDRESSES} ; découpez-le.",
            f"The scope holds {len(found.addresses)} addresses, the limit is {MAX_ADDRESSES}; split it.",
        )
    return found


def _add_network(found: Perimeter, network: ipaddress.IPv4Network | ipaddress.IPv6Network, mandate: Mandate) -> None:
    for address in addresses_of(network):
        if network.num_addresses > 1 and mandate.scope.holds(address) and mandate.excluded.holds(address):
            found.left_out.append(str(address))
            found.excluded[address] = []
            continue
        mandate.check(address)
        found.addresses.setdefault(address, [])


def _add_name(found: Perimeter, name: str, addresses: Sequence[Address], mandate: Mandate, places: KnownPlaces) -> None:
    if not addresses:
        reason = Text(
            f"Le nom {name} ne se résout pas ; vérifiez-le, ainsi que le serveur DNS de cette machine.",
            f"The name {name} does not resolve; check it and the DNS server of this machine.",
        )
        found.gaps.append(Gap("hosts", reason, truncated=True, subject=name))
    for address in addresses:
        if may_lead_to(name, address, mandate, places):
            found.addresses.setdefault(address, []).append(name)
        else:
            found.left_out.append(str(address))
            found.outside.setdefault(name, []).append(address)


def _moved(name: str, address: Address, mandate: Mandate) -> CollectError:
    fr = (
        f"Le nom {name} mène à {address}, que le mandat « {mandate.reference} » n’autorise pas : rien n’y a été "
        "envoyé. Vérifiez votre DNS, faites étendre le mandat, ou retirez ce nom."
    )
    en = (
        f"The name {name} leads to {address}, which the mandate “{mandate.reference}” does not allow: nothing was sent "
        "there. Check your DNS, have the mandate extended, or remove this name."
    )
    return CollectError(fr, en)


def may_lead_to(name: str, address: Address, mandate: Mandate, places: KnownPlaces = NOTHING_KNOWN) -> bool:
    """Whether an address may be contacted because a name leads there. A name of the mandate covers where it is hosted,
    but not the inside of a network, which anybody’s DNS can point to, nor a place that is new to it (`places`)."""
    if mandate.excluded.holds(address) or is_nobody(address):
        return False
    if mandate.scope.holds(address):
        return True
    return mandate.scope.holds(name) and not is_inside(address) and not places.new_to(name, address)


def has_moved(name: str, address: Address, mandate: Mandate, places: KnownPlaces) -> bool:
    """Whether a name leads to an address that only waits for a person to say yes."""
    return may_lead_to(name, address, mandate) and not may_lead_to(name, address, mandate, places)


def _moves(found: Perimeter, mandate: Mandate, places: KnownPlaces) -> bool:
    out = ((name, address) for name, addresses in found.outside.items() for address in addresses)
    return any(has_moved(name, address, mandate, places) for name, address in out)


def unknown_place(name: str) -> MandateError:
    """The refusal of an audit that cannot tell which address an excluded name spares."""
    return MandateError(
        f"Le nom {name} est exclu de l’audit, mais le serveur DNS ne dit pas à quelle adresse il mène : rien "
        "n’a été envoyé. Excluez son adresse à la place du nom, ou rétablissez le DNS, puis relancez.",
        f"The name {name} is excluded from the audit, but the DNS server does not tell the address it leads "
        "to: nothing was sent. Exclude its address instead of the name, or repair DNS, then start again.",
    )


def is_avoided(name: str, mandate: Mandate, exclusions: Exclusions) -> bool:
    """Whether a name must not be contacted, nor the address behind it, whatever leads there."""
    return mandate.excluded.holds(name) or exclusions.from_contact(name)


def _behind(avoided: Iterable[str], resolved: Mapping[str, Sequence[Address] | None]) -> dict[Address, list[str]]:
    """The addresses of the names that must not be contacted, with these; MandateError when one cannot be found out."""
    behind: dict[Address, list[str]] = {}
    for name in avoided:
        addresses = resolved[name]
        if addresses is None:
            raise unknown_place(name)
        for address in addresses:
            behind.setdefault(address, []).append(name)
    return behind


def _leave_out(found: Perimeter, exclusions: Exclusions) -> None:
    """Leave out what a person excludes, and what an avoided name leads to: of several names one is enough."""
    for address, names in tuple(found.addresses.items()):
        if address in found.behind or any(map(exclusions.from_contact, (address, *names))):
            found.excluded[address] = [*found.addresses.pop(address), *found.behind.get(address, ())]
            found.left_out.append(str(address))


def _resolve(names: Sequence[str], look_up: LookUp) -> dict[str, tuple[Address, ...] | None]:
    """The addresses of each name, all looked up at once; None for a name that fails or takes too long."""
    answers: dict[str, tuple[Address, ...] | None] = dict.fromkeys(names)
    waiting = queue.SimpleQueue[str]()
    for name in answers:
        waiting.put(name)

    def work() -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                name = waiting.get_nowait()
                answers[name] = look_up(name)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(len(answers), _LOOKUPS_AT_ONCE))]
    deadline = time.monotonic() + RESOLUTION_SECONDS * (1 + len(answers) // _LOOKUPS_AT_ONCE)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return dict(answers)


def _addresses(name: str) -> tuple[Address, ...] | None:
    """The final dot keeps the system from trying the name under the domains of its own search list.

    `localhost` is known by the system's own file, without a dot.
    """
    try:
        entries = socket.getaddrinfo(name if name == "localhost" else f"{name}.", None, type=socket.SOCK_STREAM)
    except OSError as error:
        return () if error.errno in _NO_SUCH_NAME else None
    except UnicodeError:
        return ()
    found = (unmapped(ipaddress.ip_address(str(entry[4][0]).partition("%")[0])) for entry in entries)
    return tuple(dict.fromkeys(found))


def nothing_left(found: Perimeter, mandate: Mandate) -> CollectError:
    """Why no address may be contacted."""
    for name, addresses in found.outside.items():
        return _moved(name, addresses[0], mandate)
    if found.gaps:
        return CollectError(found.gaps[0].reason.fr, found.gaps[0].reason.en)
    return CollectError(
        "Toutes les adresses demandées sont exclues, par le mandat ou par une exclusion en cours ; demandez d’autres "
        "cibles, ou levez l’exclusion.",
        "Every address asked for is excluded, by the mandate or by an exclusion under way; ask for other targets, or "
        "lift the exclusion.",
    )
