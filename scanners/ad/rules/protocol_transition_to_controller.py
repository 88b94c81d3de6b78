"""An account that may act for anyone on a privileged service can act there for an administrator.

Targets are the controllers, krbtgt, the machines of certification authorities and the privileged accounts, by host of
the service name or by the name itself (CERT-FR, vuln_delegation_t2a4d).
"""

from __future__ import annotations

from scanners.ad.facts import UAC_PROTOCOL_TRANSITION, DirectoryFacts
from scanners.ad.judging import in_doubt
from scanners.ad.subjects.delegation import SERVICE_REMEDIATION, delegating_to_privileged, privileged_targets
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled accounts with constrained delegation, with protocol transition."""
    found = delegating_to_privileged(facts, facts.flag(UAC_PROTOCOL_TRANSITION) & facts.enabled)
    delegating = facts.mask(row for row, reached in privileged_targets(facts).items() if reached)
    return in_doubt(facts, found, delegating & facts.hidden)


RULE = Rule(
    id="ad.protocol_transition_to_controller",
    title=Text(
        "Transition de protocole vers un service privilégié",
        "Protocol transition to a privileged service",
    ),
    message=Text(
        "{subject} peut agir au nom d’autrui sur {service}, un service privilégié (contrôleur, autorité de "
        "certification ou compte d’administration), sans que la personne s’authentifie.",
        "{subject} may act for others on {service}, a privileged service (controller, certification authority or "
        "administration account), without their ever authenticating.",
    ),
    remediation=SERVICE_REMEDIATION,
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_delegation_t2a4d@1", "pingcastle:P-DelegationDCt2a4d", "attack:T1558"),
    check=check,
    reads=("domain",),
)
