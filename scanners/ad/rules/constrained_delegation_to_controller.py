"""An account that may act for anyone on a privileged service can act there for an administrator.

Targets are the controllers, krbtgt, the machines of certification authorities and the privileged accounts, by host of
the service name or by the name itself (CERT-FR, vuln_delegation_a2d2).
"""

from __future__ import annotations

from scanners.ad.delegation import delegating_to_privileged
from scanners.ad.facts import DirectoryFacts
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
    remediation=Text(
        "Retirez ce service de l’onglet Délégation du compte : Set-ADObject DN -Remove "
        "@{'msDS-AllowedToDelegateTo'='service/hôte'}. Si une application de soins en dépend, demandez à l’éditeur "
        "un service cible hors des contrôleurs, et testez sur un environnement de recette. Effet : elle n’agit plus "
        "au nom de ses utilisateurs sur ce service. Retour : la même commande avec -Add.",
        "Remove that service from the Delegation tab of the account: Set-ADObject DN -Remove "
        "@{'msDS-AllowedToDelegateTo'='service/host'}. If a care application depends on it, ask the vendor for a "
        "target outside of controllers, and test on a staging environment. Effect: it no longer acts for its users "
        "on that service. Back: the same command with -Add.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_delegation_a2d2@1", "pingcastle:P-DelegationDCa2d2", "attack:T1558"),
    check=check,
    reads=("domain",),
)
