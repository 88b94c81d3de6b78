"""An account that may act for anyone on a service of a domain controller can act there for an administrator.

Targets are the controllers and krbtgt, by host of the service name (CERT-FR, vuln_delegation_t2a4d).
"""

from __future__ import annotations

from scanners.ad.delegation import delegating_to_controllers
from scanners.ad.facts import UAC_PROTOCOL_TRANSITION, DirectoryFacts
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled accounts with constrained delegation, with protocol transition."""
    return delegating_to_controllers(facts, facts.flag(UAC_PROTOCOL_TRANSITION) & facts.enabled)


RULE = Rule(
    id="ad.protocol_transition_to_controller",
    title=Text(
        "Transition de protocole vers un contrôleur de domaine",
        "Protocol transition to a domain controller",
    ),
    message=Text(
        "{subject} peut agir au nom d’autrui sur {service}, qui tourne sur un contrôleur de domaine, sans que la "
        "personne s’authentifie.",
        "{subject} may act for others on {service}, which runs on a domain controller, without their ever "
        "authenticating.",
    ),
    remediation=Text(
        "Retirez ce service de l’onglet Délégation du compte (msDS-AllowedToDelegateTo). Si une application de "
        "soins en dépend, demandez à l’éditeur un service cible hors des contrôleurs, et testez sur un "
        "environnement de recette.",
        "Remove that service from the Delegation tab of the account (msDS-AllowedToDelegateTo). If a care "
        "application depends on it, ask the vendor for a target outside of controllers, and test on a staging "
        "environment.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_delegation_t2a4d@1", "pingcastle:P-DelegationDCt2a4d", "attack:T1558"),
    check=check,
    reads=("domain",),
)
