"""A zone that accepts unauthenticated updates lets anyone divert the traffic of the hospital.

CERT-FR, vuln_dnszone_bad_prop at level 3: the zone property 0x2 is 1 (open updates).
"""

from __future__ import annotations

import numpy as np

from scanners.ad.columns import MISSING, Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

OPEN = 1
WITHOUT_UPDATES = ("rootdnsservers", "..trustanchors")
"""Containers of settings that look like zones: nothing is updated there."""


def check(facts: DirectoryFacts) -> Verdict:
    """All other zones."""
    own = (facts.naming.domain, f"_msdcs.{facts.naming.domain}")
    update = facts.objects.ints("dnsAllowUpdate")
    zones = np.flatnonzero(facts.objects.of(Kind.DNS_ZONE)).tolist()
    names = {row: facts.objects.dn[row].partition(",")[0].partition("=")[2].lower() for row in zones}
    judged_zones = facts.mask(row for row, name in names.items() if name not in own)
    not_served = facts.mask(row for row, name in names.items() if name in WITHOUT_UPDATES)
    unread = (update == MISSING) & ~not_served
    return verdict(facts, judged_zones, update == OPEN, lambda row: {"zone": names[row]}, unread)


RULE = Rule(
    id="ad.dns_zone_open_updates_other",
    title=Text(
        "Autre zone DNS ouverte aux mises à jour anonymes",
        "Other DNS zone open to anonymous updates",
    ),
    message=Text(
        "La zone {zone} accepte des mises à jour sans authentification.",
        "The zone {zone} accepts updates without authentication.",
    ),
    remediation=Text(
        "Déclarez d’abord en statique les imprimantes et équipements qui ne savent pas s’authentifier "
        "(Add-DnsServerResourceRecordA), ou laissez le DHCP les enregistrer. Puis Gestionnaire DNS, propriétés de la "
        "zone, Général, Mises à jour dynamiques : « Sécurisées uniquement », ou Set-DnsServerPrimaryZone -Name ZONE "
        "-DynamicUpdate Secure. Effet : une machine hors domaine ne s’enregistre plus. Retour : -DynamicUpdate "
        "NonsecureAndSecure.",
        "First declare by hand the printers and devices that cannot authenticate (Add-DnsServerResourceRecordA), or "
        "let DHCP register them. Then DNS Manager, properties of the zone, General, Dynamic updates: “Secure only”, "
        "or Set-DnsServerPrimaryZone -Name ZONE -DynamicUpdate Secure. Effect: a machine outside of the domain no "
        "longer registers. To go back: -DynamicUpdate NonsecureAndSecure.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_dnszone_bad_prop@3", "pingcastle:A-DnsZoneUpdate2", "attack:T1557"),
    check=check,
    reads=(
        "domain",
        "dns",
    ),
)
