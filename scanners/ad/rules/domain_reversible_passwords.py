"""The policy of the domain has all passwords kept in reversible form.

CERT-FR, vuln_reversible_password_priv_namingcontext: bit 0x10 of pwdProperties.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import domain_setting, of_domain
from scanners.model import Rule, Severity, Text, Verdict, refs

REVERSIBLE = 0x10


def check(facts: DirectoryFacts) -> Verdict:
    """The password policy of the domain."""
    properties = domain_setting(facts, "pwdProperties")
    return of_domain(facts, bool(properties & REVERSIBLE), pwd_properties=properties)


RULE = Rule(
    id="ad.domain_reversible_passwords",
    title=Text(
        "Mots de passe réversibles dans tout le domaine",
        "Reversible passwords in the whole domain",
    ),
    message=Text(
        "La stratégie de {subject} conserve les mots de passe sous une forme réversible.",
        "The policy of {subject} keeps passwords in reversible form.",
    ),
    remediation=Text(
        "Sauvegardez la stratégie par défaut du domaine (Backup-GPO), puis désactivez : Configuration ordinateur, "
        "Stratégies, Paramètres Windows, Paramètres de sécurité, Stratégies de comptes, Stratégie de mot de passe, « "
        "Enregistrer les mots de passe en utilisant un chiffrement réversible ». Chaque mot de passe devient sûr à "
        "son prochain changement. Effet : CHAP et Digest (RADIUS, vieux VPN) cessent alors pour ce compte. Retour : "
        "Restore-GPO.",
        "Back up the default domain policy (Backup-GPO), then disable: Computer Configuration, Policies, Windows "
        "Settings, Security Settings, Account Policies, Password Policy, “Store passwords using reversible "
        "encryption”. Each password becomes safe at its next change. Effect: CHAP and Digest (RADIUS, old VPN) then "
        "stop for that account. Back: Restore-GPO.",
    ),
    severity=Severity.MEDIUM,
    refs=refs(
        "anssi-ad:vuln_reversible_password_priv_namingcontext@3", "pingcastle:A-ReversiblePwd", "attack:T1556.005"
    ),
    check=check,
    reads=("domain",),
)
