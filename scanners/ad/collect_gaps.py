"""What shows to be missing only once all is read: nothing was refused, and yet something did not come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from scanners.ad.columns import Kind, Objects
from scanners.ad.descriptors import Descriptors
from scanners.ad.naming import HIDDEN_BY_DEFAULT, Naming
from scanners.model import Gap, Text


def withheld(objects: Objects, descriptors: Descriptors, naming: Naming, contexts: Sequence[str]) -> Iterator[Gap]:
    """No descriptor at all, objects of which not even the class is readable, a zone that must be there and is not.

    Quotas, DNS containers, BitLocker keys and what is in CN=System (IPsec policies, DPAPI secrets) are withheld from
    ordinary accounts by default; the last have their own rules. `contexts` are the naming contexts of the server.
    """
    if len(descriptors) == 0:
        yield Gap("domain", _NO_DESCRIPTORS, truncated=True)
    hidden = _opaque(objects, naming)
    if hidden:
        yield Gap("domain", _hidden(len(hidden), hidden[0]), truncated=True)
    integrated = any(context.lower().startswith("dc=domaindnszones,") for context in contexts)
    if integrated and not _holds_zone(objects, naming.domain):
        yield Gap("dns", _no_zone(naming.domain), truncated=True)


def _opaque(objects: Objects, naming: Naming) -> list[str]:
    system, base = naming.system_dn.lower(), naming.root_dn.lower()
    return [
        objects.dn[row]
        for row in np.flatnonzero(objects.of(Kind.OPAQUE)).tolist()
        if (dn := objects.dn[row].lower()).endswith(base)
        and not dn.endswith(system)
        and not HIDDEN_BY_DEFAULT.match(dn)
    ]


def _holds_zone(objects: Objects, domain: str) -> bool:
    """Whether the zone of the domain was read: one that is hidden does not even show its name."""
    zones = np.flatnonzero(objects.of(Kind.DNS_ZONE)).tolist()
    return any(objects.dn[row].lower().startswith(f"dc={domain},") for row in zones)


def _hidden(count: int, example: str) -> Text:
    return Text(
        f"{count} objet(s) du domaine sont cachés au compte d’audit, dont {example} ; accordez-lui leur lecture.",
        f"{count} object(s) of the domain are hidden from the audit account, among them {example}; grant it their "
        "reading.",
    )


def _no_zone(domain: str) -> Text:
    return Text(
        f"La zone DNS {domain} n’est pas visible du compte d’audit, alors que l’annuaire tient les zones du domaine ; "
        "accordez-lui la lecture de DC=DomainDnsZones et de ce qu’elle contient.",
        f"The DNS zone {domain} does not show to the audit account, although the directory holds the zones of the "
        "domain; grant it the reading of DC=DomainDnsZones and of what it holds.",
    )


_NO_DESCRIPTORS = Text(
    "Le contrôleur n’a donné aucun descripteur de sécurité au compte d’audit ; accordez-lui le droit de lire les "
    "autorisations.",
    "The controller gave the audit account no security descriptor; grant it the right to read permissions.",
)
