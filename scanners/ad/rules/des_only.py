"""DES keys are broken in hours.

CERT-FR, vuln_kerberos_properties_deskey: no enabled account may be limited to DES.
"""

from __future__ import annotations

from scanners.ad.facts import UAC_DES_ONLY, DirectoryFacts
from scanners.ad.judging import flagged
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled accounts."""
    return flagged(facts, facts.enabled, UAC_DES_ONLY)


RULE = Rule(
    id="ad.des_only",
    title=Text(
        "Compte limité à DES",
        "Account limited to DES",
    ),
    message=Text(
        "{subject} n’utilise que des clés Kerberos DES.",
        "{subject} uses DES Kerberos keys only.",
    ),
    remediation=Text(
        "Set-ADAccountControl COMPTE -UseDESKeyOnly $false, puis Set-ADUser COMPTE -KerberosEncryptionType "
        "AES128,AES256 (Set-ADComputer pour une machine), et changez son mot de passe. Effet : un équipement qui ne "
        "sait que DES ne s’authentifie plus ; remplacez-le. Retour : -UseDESKeyOnly $true, le temps du remplacement.",
        "Set-ADAccountControl ACCOUNT -UseDESKeyOnly $false, then Set-ADUser ACCOUNT -KerberosEncryptionType "
        "AES128,AES256 (Set-ADComputer for a machine), and change its password. Effect: a device that knows DES only "
        "no longer authenticates; replace it. Back: -UseDESKeyOnly $true, until it is replaced.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_kerberos_properties_deskey@2", "pingcastle:S-DesEnabled", "attack:T1558.003"),
    check=check,
    reads=("domain",),
)
