"""A zone that accepts unauthenticated updates lets anyone divert the traffic of the hospital.

CERT-FR, vuln_dnszone_bad_prop at level 1.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.dns_zones import MESSAGE, REMEDIATION, open_updates
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """The zone of the domain and _msdcs."""
    return open_updates(facts, own=True)


RULE = Rule(
    id="ad.dns_zone_open_updates",
    title=Text(
        "Zone DNS ouverte aux mises à jour anonymes",
        "DNS zone open to anonymous updates",
    ),
    message=MESSAGE,
    remediation=REMEDIATION,
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_dnszone_bad_prop@1", "pingcastle:A-DnsZoneUpdate1", "attack:T1557"),
    check=check,
    reads=(
        "domain",
        "dns",
    ),
)
