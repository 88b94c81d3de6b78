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
        "Exportez les deux zones (dnscmd /ZoneExport), repérez celle que les serveurs DNS chargent (console DNS, "
        "étendue de réplication), puis supprimez l’autre par adsiedit. Faites-le en heures creuses : une mauvaise "
        "suppression coupe la résolution de noms ; la zone exportée permet de revenir.",
        "Export both zones (dnscmd /ZoneExport), find the one that DNS servers load (DNS console, replication "
        "scope), then delete the other with adsiedit. Do it in quiet hours: deleting the wrong one cuts name "
        "resolution; the exported zone is the way back.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:warning_dnszone_duplicated_zones@1"),
    check=check,
    reads=(
        "domain",
        "dns",
    ),
)
