"""Who controls the account of a controller can act as the controller.

CERT-FR, vuln_permissions_dc.
"""

from __future__ import annotations

from scanners.ad.control import who_controls
from scanners.ad.facts import DirectoryFacts
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls it, directly or through others, with no major prerequisite."""
    return who_controls(facts, facts.controllers, level=1)


RULE = Rule(
    id="ad.control_of_controllers",
    title=Text(
        "Droits dangereux sur un contrôleur de domaine",
        "Dangerous rights on a domain controller",
    ),
    message=Text(
        "{subject} peut prendre le contrôle de {target} : {path}",
        "{subject} can take control of {target}: {path}",
    ),
    remediation=Text(
        "Ouvrez les autorisations de l’objet (Utilisateurs et ordinateurs AD, Fonctionnalités avancées, Sécurité, "
        "Avancé), notez l’entrée citée, puis retirez-la ou limitez-la au droit utile. Vérifiez d’abord quel "
        "produit (messagerie, gestion d’identités, supervision) l’avait posée.",
        "Open the permissions of the object (AD Users and Computers, Advanced Features, Security, Advanced), "
        "write down the entry named, then remove it or limit it to the right needed. First check which product "
        "(mail, identity management, monitoring) had set it.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_permissions_dc@1", "attack:T1222.001"),
    check=check,
    reads=("domain",),
)
