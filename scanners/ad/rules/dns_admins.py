"""Members of DnsAdmins can have the DNS service of a controller run their code.

CERT-FR, vuln_dnsadmins: the group must be empty. Found by its name, never translated.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import members_verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Members of DnsAdmins."""
    names = facts.objects.texts("sAMAccountName")
    groups = [row for row, values in names.items() if values[0].lower() == "dnsadmins"]
    return members_verdict(facts, groups[0] if groups else None)


RULE = Rule(
    id="ad.dns_admins",
    title=Text(
        "DnsAdmins n’est pas vide",
        "DnsAdmins is not empty",
    ),
    message=Text(
        "{subject} est membre de {group} et peut exécuter du code sur les contrôleurs.",
        "{subject} is a member of {group} and can run code on controllers.",
    ),
    remediation=Text(
        "Déléguez la gestion des zones par des autorisations sur celles-ci, puis videz le groupe.",
        "Delegate the management of zones by permissions on them, then empty the group.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_dnsadmins@1", "pingcastle:P-DNSAdmin", "attack:T1574.002"),
    check=check,
    reads=("domain",),
)
