"""An account that may act for anyone on a privileged service can act there for an administrator.

Targets are the controllers, krbtgt, the machines of certification authorities and the privileged accounts, by host of
the service name or by the name itself (CERT-FR, vuln_delegation_a2d2).
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.delegation import SERVICE_REMEDIATION, delegating_to_privileged
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled accounts with constrained delegation (with or without protocol transition)."""
    return delegating_to_privileged(facts, facts.enabled)


RULE = Rule(
    id="ad.constrained_delegation_to_controller",
    title=Text(
        "Délégation contrainte vers un service privilégié",
        "Constrained delegation to a privileged service",
    ),
    message=Text(
        "{subject} peut agir au nom d’autrui sur {service}, un service privilégié (contrôleur, autorité de "
        "certification ou compte d’administration).",
        "{subject} may act for others on {service}, a privileged service (controller, certification authority or "
        "administration account).",
    ),
    remediation=SERVICE_REMEDIATION,
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_delegation_a2d2@1", "pingcastle:P-DelegationDCa2d2", "attack:T1558"),
    check=check,
    reads=("domain",),
)
