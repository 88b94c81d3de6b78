"""An account that may act for anyone on a service of a domain controller can act there for an administrator.

Targets are the controllers and krbtgt, by host of the service name (CERT-FR, vuln_delegation_a2d2).
"""

from __future__ import annotations

from scanners.ad.delegation import delegating_to_controllers
from scanners.ad.facts import DirectoryFacts
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled accounts with constrained delegation (with or without protocol transition)."""
    return delegating_to_controllers(facts, facts.enabled)


RULE = Rule(
    id="ad.constrained_delegation_to_controller",
    title=Text(
        "Délégation contrainte vers un contrôleur de domaine",
        "Constrained delegation to a domain controller",
    ),
    message=Text(
        "{subject} peut agir au nom d’autrui sur {service}, qui tourne sur un contrôleur de domaine.",
        "{subject} may act for others on {service}, which runs on a domain controller.",
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
    refs=refs("anssi-ad:vuln_delegation_a2d2@1", "pingcastle:P-DelegationDCa2d2", "attack:T1558"),
    check=check,
    reads=("domain",),
)
