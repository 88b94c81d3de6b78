"""What shows to be missing only once all is read: nothing was refused, and yet something did not come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from scanners.ad import sids
from scanners.ad.columns import Kind, Objects
from scanners.ad.descriptors import Descriptors
from scanners.ad.naming import HIDDEN_BY_DEFAULT, Naming, domain_name
from scanners.model import Gap, Text


def withheld(objects: Objects, descriptors: Descriptors, naming: Naming, contexts: Sequence[str]) -> Iterator[Gap]:
    """No descriptor at all, objects of which not even the class is readable, privileged members or zones not seen.

    Quotas, DNS containers, BitLocker keys and what is in CN=System (IPsec policies, DPAPI secrets) are withheld from
    ordinary accounts by default; the last have their own rules. `contexts` are the naming contexts of the server.
    """
    if len(descriptors) == 0:
        yield Gap("domain", _NO_DESCRIPTORS, truncated=True)
    for section, hidden in _opaque(objects, naming).items():
        yield Gap(section, _hidden(len(hidden), hidden[0]), truncated=True)
    unseen = [dn for dn in _privileged_strangers(objects, naming) if naming.owns(dn)]
    if unseen:
        yield Gap("domain", _hidden(len(unseen), unseen[0]), truncated=True)
    expected = {"dc=domaindnszones,": naming.domain, "dc=forestdnszones,": f"_msdcs.{domain_name(naming.forest_dn)}"}
    for partition, zone in expected.items():
        if any(context.lower().startswith(partition) for context in contexts) and not _holds_zone(objects, zone):
            yield Gap("dns", _no_zone(zone, partition[3:-1]), truncated=True)


def _opaque(objects: Objects, naming: Naming) -> dict[str, list[str]]:
    """Names of the hidden objects, by section."""
    system = naming.system_dn.lower()
    hidden: dict[str, list[str]] = {}
    for row in np.flatnonzero(objects.of(Kind.OPAQUE)).tolist():
        dn = objects.dn[row].lower()
        section = naming.section_of(dn)
        if section and not dn.endswith(system) and not HIDDEN_BY_DEFAULT.match(dn):
            hidden.setdefault(section, []).append(objects.dn[row])
    return hidden


def _privileged_strangers(objects: Objects, naming: Naming) -> list[str]:
    """Members of privileged groups, and of the groups nested in them, that are no object read."""
    wanted = sids.privileged_group_sids(naming.sid, naming.forest_sid)
    inside = np.zeros(len(objects), dtype=np.bool_)
    inside[[objects.row_by_sid[sid] for sid in wanted if sid in objects.row_by_sid]] = True
    while True:
        grown = inside.copy()
        grown[objects.member[inside[objects.member_of]]] = True
        if bool((grown == inside).all()):
            return [dn for group, names in objects.outside.items() if inside[group] for dn in names]
        inside = grown


def _holds_zone(objects: Objects, zone: str) -> bool:
    """Whether a zone was read: one that is hidden does not even show its name."""
    zones = np.flatnonzero(objects.of(Kind.DNS_ZONE)).tolist()
    return any(objects.dn[row].lower().startswith(f"dc={zone.lower()},") for row in zones)


def _hidden(count: int, example: str) -> Text:
    return Text(
        f"{count} objet(s) sont cachés au compte d’audit, dont {example} ; accordez-lui leur lecture.",
        f"{count} object(s) are hidden from the audit account, among them {example}; grant it their reading.",
    )


def _no_zone(zone: str, partition: str) -> Text:
    return Text(
        f"La zone DNS {zone} n’est pas visible du compte d’audit, alors que l’annuaire tient des zones ; accordez-lui "
        f"la lecture de dc={partition} et de ce qu’elle contient, ou vérifiez que cette zone est tenue ailleurs.",
        f"The DNS zone {zone} does not show to the audit account, although the directory holds zones; grant it the "
        f"reading of dc={partition} and of what it holds, or check that this zone is held elsewhere.",
    )


_NO_DESCRIPTORS = Text(
    "Le contrôleur n’a donné aucun descripteur de sécurité au compte d’audit ; accordez-lui le droit de lire les "
    "autorisations.",
    "The controller gave the audit account no security descriptor; grant it the right to read permissions.",
)
