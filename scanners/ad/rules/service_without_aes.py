"""Without an explicit AES type, tickets of a service account are encrypted with RC4, much easier to guess.

CERT-FR, vuln_kerberos_properties_encryption: bits 0x8 or 0x10 of msDS-SupportedEncryptionTypes.
"""

from __future__ import annotations

from scanners.ad.columns import MISSING
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

AES = 0x18


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled users that carry a service name."""
    types = facts.objects.ints("msDS-SupportedEncryptionTypes")
    return verdict(
        facts,
        facts.users & facts.enabled & facts.having("servicePrincipalName"),
        ~facts.flag(AES, "msDS-SupportedEncryptionTypes") & ~facts.hidden,
        lambda row: {"encryption_types": None if types[row] == MISSING else int(types[row])},
    )


RULE = Rule(
    id="ad.service_without_aes",
    title=Text(
        "Compte de service sans AES",
        "Service account without AES",
    ),
    message=Text(
        "Les tickets du compte de service {subject} ne sont pas chiffrés en AES.",
        "The tickets of the service account {subject} are not encrypted with AES.",
    ),
    remediation=Text(
        "Notez la valeur (Get-ADUser COMPTE -Properties msDS-SupportedEncryptionTypes), puis : Set-ADUser COMPTE "
        "-KerberosEncryptionType AES128,AES256, ou RC4,AES128,AES256 si un équipement exige encore RC4. Changez le "
        "mot de passe pour créer les clés, et testez l’application. Effet : le service s’arrête tant que le nouveau "
        "mot de passe ou keytab n’y est pas saisi. Retour : Set-ADUser COMPTE -Replace "
        "@{'msDS-SupportedEncryptionTypes'=<valeur>}, ou -Clear si elle était vide.",
        "Write the value down (Get-ADUser ACCOUNT -Properties msDS-SupportedEncryptionTypes), then: Set-ADUser "
        "ACCOUNT -KerberosEncryptionType AES128,AES256, or RC4,AES128,AES256 if some device still needs RC4. Change "
        "the password so that keys are made, and test the application. Effect: the service stops until it has the "
        "new password or keytab. Back: Set-ADUser ACCOUNT -Replace @{'msDS-SupportedEncryptionTypes'=<value>}, or "
        "-Clear if it was empty.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_kerberos_properties_encryption@3", "pingcastle:S-AesNotEnabled", "attack:T1558.003"),
    check=check,
    reads=("domain",),
)
