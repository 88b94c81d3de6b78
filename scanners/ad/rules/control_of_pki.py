"""Who controls the containers of the PKI adds an authority of his own and becomes anybody (ESC5).

CERT-FR, vuln_adcs_control: CN=Public Key Services and what it holds, templates left out, and the machines of the
authorities. Cert Publishers and these machines are allowed by default. What an authority lets its managers do (the
rest of ESC7) is in its registry, not seen over LDAP.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.columns import Kind
from scanners.ad.control_paths.control import who_controls
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import below
from scanners.ad.subjects.sensitive import CONTROL_REMEDIATION
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls it, directly or through others."""
    containers = below(facts, facts.naming.pki_dn) & ~facts.objects.of(Kind.TEMPLATE)
    targets = containers | facts.authority_hosts
    domains = {facts.naming.sid, *(domain.sid for domain in facts.naming.forest if domain.sid)}
    return who_controls(facts, targets, [f"{sid}-{sids.RID_CERT_PUBLISHERS}" for sid in sorted(domains)])


RULE = Rule(
    id="ad.control_of_pki",
    title=Text(
        "Droits dangereux sur les conteneurs de la PKI (ESC5)",
        "Dangerous rights on PKI containers (ESC5)",
    ),
    message=Text(
        "{subject} peut prendre le contrôle de {target} : {path}",
        "{subject} can take control of {target}: {path}",
    ),
    remediation=CONTROL_REMEDIATION,
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_adcs_control@1", "adcs:ESC5", "adcs:ESC7", "attack:T1649"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
