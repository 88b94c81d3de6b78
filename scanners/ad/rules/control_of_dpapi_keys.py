"""Who controls the backup keys of DPAPI reads the secrets that every user stored.

CERT-FR, vuln_permissions_dpapi: the secrets of CN=System. An ordinary account often cannot read their permissions.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.sensitive import who_controls_dpapi_keys
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls it, directly or through others, with no major prerequisite."""
    return who_controls_dpapi_keys(facts, level=1)


RULE = Rule(
    id="ad.control_of_dpapi_keys",
    title=Text(
        "Droits dangereux sur les clés DPAPI",
        "Dangerous rights on DPAPI keys",
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
    refs=refs("anssi-ad:vuln_permissions_dpapi@1", "attack:T1555"),
    check=check,
    reads=("domain",),
)
