"""Who controls the containers of the PKI adds an authority of his own and becomes anybody (ESC5).

CERT-FR, vuln_adcs_control: CN=Public Key Services and what it holds, templates left out. Cert Publishers and the
authorities’ own machines are allowed by default. What an authority lets its managers do (the rest of ESC7) is in its
registry, not seen over LDAP.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.columns import Kind
from scanners.ad.control import who_controls
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import below
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls it, directly or through others."""
    targets = below(facts, facts.naming.pki_dn) & ~facts.objects.of(Kind.TEMPLATE)
    return who_controls(facts, targets, [f"{facts.naming.sid}-{sids.RID_CERT_PUBLISHERS}"])


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
    remediation=Text(
        "Ouvrez les autorisations de l’objet (Utilisateurs et ordinateurs AD, Fonctionnalités avancées, Sécurité, "
        "Avancé), notez l’entrée citée, puis retirez-la ou limitez-la au droit utile. Vérifiez d’abord quel "
        "produit (messagerie, gestion d’identités, supervision) l’avait posée.",
        "Open the permissions of the object (AD Users and Computers, Advanced Features, Security, Advanced), "
        "write down the entry named, then remove it or limit it to the right needed. First check which product "
        "(mail, identity management, monitoring) had set it.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_adcs_control@1", "adcs:ESC5", "adcs:ESC7", "attack:T1649"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
