"""DES tickets are broken in hours; no controller may issue them.

CERT-FR, vuln_dc_crypto at level 2: bits of msDS-SupportedEncryptionTypes of controllers.
"""

from __future__ import annotations

from scanners.ad.columns import MISSING
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.controllers import standing
from scanners.model import Rule, Severity, Text, Verdict, refs

ENCRYPTION = "msDS-SupportedEncryptionTypes"
DES = 0x3


def check(facts: DirectoryFacts) -> Verdict:
    """All controllers that are machines: that of Entra Kerberos is not."""
    types = facts.objects.ints(ENCRYPTION)
    failing = (types != MISSING) & facts.flag(DES, ENCRYPTION)
    return verdict(facts, standing(facts), failing, lambda row: {"encryption_types": int(types[row])}, types == MISSING)


RULE = Rule(
    id="ad.controller_des",
    title=Text(
        "DES accepté par un contrôleur",
        "DES accepted by a controller",
    ),
    message=Text(
        "{subject} accepte encore le chiffrement DES (types {encryption_types}).",
        "{subject} still accepts DES encryption (types {encryption_types}).",
    ),
    remediation=Text(
        "Cherchez d’abord les comptes et équipements limités à DES (événements 4768 et 4769, types 0x1 et "
        "0x3), puis décochez DES dans la stratégie des contrôleurs : Configuration ordinateur, Paramètres "
        "Windows, Stratégies locales, Options de sécurité, « Sécurité réseau : Configurer les types de "
        "chiffrement autorisés pour Kerberos ». Effet : ce qui ne sait que DES ne s’authentifie plus. Retour "
        ": recochez-le, gpupdate.",
        "First look for accounts and devices limited to DES (events 4768 and 4769, types 0x1 and 0x3), then "
        "clear DES in the policy of controllers: Computer Configuration, Windows Settings, Local Policies, "
        "Security Options, “Network security: Configure encryption types allowed for Kerberos”. Effect: what "
        "knows DES only no longer authenticates. Back: tick it again, gpupdate.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_dc_crypto@2", "attack:T1558.003"),
    check=check,
    reads=("domain",),
)
