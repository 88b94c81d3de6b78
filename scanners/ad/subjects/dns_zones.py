"""Zones of DNS kept in the directory that take updates from anybody: one point of CERT-FR at two levels.

vuln_dnszone_bad_prop: the zone property 0x2 (DSPROPERTY_ZONE_ALLOW_UPDATE) is 1. Level 1 is the zone of the domain and
its `_msdcs`, level 3 every other.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from scanners.ad.columns import MISSING, Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Text, Verdict

_OPEN: Final = 1
_WITHOUT_UPDATES: Final = ("rootdnsservers", "..trustanchors")
"""Containers of settings that look like zones: nothing is updated there."""

MESSAGE: Final = Text(
    "La zone {zone} accepte des mises à jour sans authentification.",
    "The zone {zone} accepts updates without authentication.",
)
REMEDIATION: Final = Text(
    "Déclarez d’abord en statique les imprimantes et équipements qui ne savent pas s’authentifier "
    "(Add-DnsServerResourceRecordA), ou laissez le DHCP les enregistrer. Puis Gestionnaire DNS, propriétés de la "
    "zone, Général, Mises à jour dynamiques : « Sécurisées uniquement », ou Set-DnsServerPrimaryZone -Name ZONE "
    "-DynamicUpdate Secure. Effet : une machine hors domaine ne s’enregistre plus. Retour : -DynamicUpdate "
    "NonsecureAndSecure.",
    "First declare by hand the printers and devices that cannot authenticate (Add-DnsServerResourceRecordA), or "
    "let DHCP register them. Then DNS Manager, properties of the zone, General, Dynamic updates: “Secure only”, "
    "or Set-DnsServerPrimaryZone -Name ZONE -DynamicUpdate Secure. Effect: a machine outside of the domain no "
    "longer registers. To go back: -DynamicUpdate NonsecureAndSecure.",
)


def open_updates(facts: DirectoryFacts, *, own: bool) -> Verdict:
    """The zones of the domain and `_msdcs` when `own`, else all the others."""
    own_names = (facts.naming.domain, f"_msdcs.{facts.naming.domain}")
    update = facts.objects.ints("dnsAllowUpdate")
    zones = np.flatnonzero(facts.objects.of(Kind.DNS_ZONE)).tolist()
    names = {row: facts.objects.dn[row].partition(",")[0].partition("=")[2].lower() for row in zones}
    judged = facts.mask(row for row, name in names.items() if (name in own_names) is own)
    settings = facts.mask(row for row, name in names.items() if name in _WITHOUT_UPDATES)
    return verdict(facts, judged, update == _OPEN, lambda row: {"zone": names[row]}, (update == MISSING) & ~settings)
