"""The permissions of AdminSDHolder are copied every hour on every privileged account.

CERT-FR, vuln_permissions_adminsdholder.
"""

from __future__ import annotations

from scanners.ad.control import who_controls
from scanners.ad.facts import DirectoryFacts
from scanners.ad.sensitive import admin_sd_holder
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls it, directly or through others, with no major prerequisite."""
    return who_controls(facts, admin_sd_holder(facts), level=1)


RULE = Rule(
    id="ad.control_of_admin_sd_holder",
    title=Text(
        "Droits dangereux sur AdminSDHolder",
        "Dangerous rights on AdminSDHolder",
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
    refs=refs("anssi-ad:vuln_permissions_adminsdholder@1", "pingcastle:P-ExchangeAdminSDHolder", "attack:T1222.001"),
    check=check,
    reads=("domain",),
)
