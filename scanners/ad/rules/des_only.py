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
        "Décochez « Utiliser uniquement les types de chiffrement DES », activez AES sur le compte et changez son "
        "mot de passe ; remplacez l’équipement s’il ne sait rien d’autre.",
        "Clear “Use only Kerberos DES encryption types”, enable AES on the account and change its password; "
        "replace the device if it knows nothing else.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_kerberos_properties_deskey@2", "pingcastle:S-DesEnabled", "attack:T1558.003"),
    check=check,
    reads=("domain",),
)
