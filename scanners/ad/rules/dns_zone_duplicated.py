"""The same zone in two partitions: controllers answer from one or the other, and what was removed comes back.

CERT-FR, warning_dnszone_duplicated_zones: one name in several partitions, conflicts of replication included. Root
hints and trust anchors live in several by default.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs

USUAL = ("rootdnsservers", "..trustanchors")


def check(facts: DirectoryFacts) -> Verdict:
    """Zones by name, wherever they are."""
    places: dict[str, list[int]] = defaultdict(list)
    zones = np.flatnonzero(facts.objects.of(Kind.DNS_ZONE)).tolist()
    for row in zones:
        places[_name(facts.objects.dn[row])].append(row)
    findings = (
        Finding(
            name,
            {"zone": name, "count": len(rows), "names": "; ".join(facts.objects.dn[row] for row in rows)},
        )
        for name, rows in places.items()
        if len(rows) > 1 and name not in USUAL
    )
    return judged(len(zones), findings)


def _name(dn: str) -> str:
    """The name of a zone, without the mark of a replication conflict or of a zone being copied."""
    first = dn.partition(",")[0].partition("=")[2].lower()
    return first.partition("\\0acnf:")[0].partition("\ncnf:")[0].removeprefix("..inprogress-")


RULE = Rule(
    id="ad.dns_zone_duplicated",
    title=Text(
        "Zone DNS en double",
        "Duplicate DNS zone",
    ),
    message=Text(
        "La zone {zone} existe {count} fois : {names}.",
        "The zone {zone} exists {count} times: {names}.",
    ),
    remediation=Text(
        "Exportez la zone chargée (dnscmd /ZoneExport) et l’autre depuis l’annuaire (ldifde -f zone.ldf -d "
        '"DC=zone,CN=MicrosoftDNS,…"). Repérez celle que les serveurs DNS chargent (console DNS, étendue de '
        "réplication), puis supprimez l’autre par adsiedit, en heures creuses. Effet : une mauvaise suppression "
        "coupe la résolution de noms. Retour : restauration de l’annuaire ; l’export sert à ressaisir les noms.",
        "Export the zone that is loaded (dnscmd /ZoneExport), and the other from the directory (ldifde -f zone.ldf "
        '-d "DC=zone,CN=MicrosoftDNS,…"). Find the one that DNS servers load (DNS console, replication scope), then '
        "delete the other with adsiedit, in quiet hours. Effect: deleting the wrong one cuts name resolution. Back: "
        "restore the directory; the export serves to type the names in again.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:warning_dnszone_duplicated_zones@1"),
    check=check,
    reads=(
        "domain",
        "dns",
    ),
)
