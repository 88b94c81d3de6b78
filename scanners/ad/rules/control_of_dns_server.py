"""Who controls the object of the DNS service can have a controller load code.

CERT-FR, vuln_permissions_msdns: CN=MicrosoftDNS,CN=System. DnsAdmins holds rights there by default and has its own
rule.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.columns import Kind
from scanners.ad.control_paths.control import who_controls
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.sensitive import CONTROL_REMEDIATION
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls it, directly or through others."""
    names = facts.objects.texts("sAMAccountName")
    groups = np.flatnonzero(facts.objects.of(Kind.GROUP)).tolist()
    admins = [row for row in groups if names.get(row, ("",))[0].lower() == "dnsadmins"]
    dn = f"CN=MicrosoftDNS,{facts.naming.system_dn}".lower()
    held = facts.objects.row_by_dn.get(dn, -1)
    if held < 0 and facts.objects.of(Kind.DNS_ZONE).any():
        held = facts.row_at(dn)
    targets = facts.mask([held] if held >= 0 else [])
    return who_controls(facts, targets, [facts.objects.sid(row) for row in admins])


RULE = Rule(
    id="ad.control_of_dns_server",
    title=Text(
        "Droits dangereux sur le service DNS",
        "Dangerous rights on the DNS service",
    ),
    message=Text(
        "{subject} peut prendre le contrôle de {target} : {path}",
        "{subject} can take control of {target}: {path}",
    ),
    remediation=CONTROL_REMEDIATION,
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_permissions_msdns@1", "pingcastle:P-DNSDelegation", "attack:T1574.002"),
    check=check,
    reads=("domain",),
)
