"""A zone that accepts unauthenticated updates lets anyone divert the traffic of the hospital.

CERT-FR, vuln_dnszone_bad_prop at level 3.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.dns_zones import MESSAGE, REMEDIATION, open_updates
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """All other zones."""
    return open_updates(facts, own=False)


RULE = Rule(
    id="ad.dns_zone_open_updates_other",
    title=Text(
        "Autre zone DNS ouverte aux mises à jour anonymes",
        "Other DNS zone open to anonymous updates",
    ),
    message=MESSAGE,
    remediation=REMEDIATION,
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_dnszone_bad_prop@3", "pingcastle:A-DnsZoneUpdate2", "attack:T1557"),
    check=check,
    reads=(
        "domain",
        "dns",
    ),
)
