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
        ~facts.flag(AES, "msDS-SupportedEncryptionTypes"),
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
        "Mettez msDS-SupportedEncryptionTypes à 24 (AES seul) ou 28 si un équipement exige encore RC4, changez le "
        "mot de passe pour créer les clés, et testez l’application.",
        "Set msDS-SupportedEncryptionTypes to 24 (AES only), or 28 if some device still needs RC4, change the "
        "password so that keys are made, and test the application.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_kerberos_properties_encryption@3", "pingcastle:S-AesNotEnabled", "attack:T1558.003"),
    check=check,
    reads=("domain",),
)
