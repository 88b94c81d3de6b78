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
        "Désactivez « Enregistrer les mots de passe en utilisant un chiffrement réversible » dans la stratégie "
        "par défaut du domaine ; chaque mot de passe devient sûr à son prochain changement.",
        "Disable “Store passwords using reversible encryption” in the default domain policy; each password "
        "becomes safe at its next change.",
    ),
    severity=Severity.MEDIUM,
    refs=refs(
        "anssi-ad:vuln_reversible_password_priv_namingcontext@3", "pingcastle:A-ReversiblePwd", "attack:T1556.005"
    ),
    check=check,
    reads=("domain",),
)
