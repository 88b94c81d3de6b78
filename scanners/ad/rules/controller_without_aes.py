"""Without AES the controller signs tickets with RC4, much easier to guess.

CERT-FR, vuln_dc_crypto at level 3: bits of msDS-SupportedEncryptionTypes of controllers.
"""

from __future__ import annotations

from scanners.ad.columns import MISSING
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.controllers import standing
from scanners.model import Rule, Severity, Text, Verdict, refs

ENCRYPTION = "msDS-SupportedEncryptionTypes"
AES = 0x18


def check(facts: DirectoryFacts) -> Verdict:
    """All controllers that are machines: that of Entra Kerberos is not."""
    types = facts.objects.ints(ENCRYPTION)
    failing = (types != MISSING) & ~facts.flag(AES, ENCRYPTION)
    return verdict(facts, standing(facts), failing, lambda row: {"encryption_types": int(types[row])}, types == MISSING)


RULE = Rule(
    id="ad.controller_without_aes",
    title=Text(
        "AES absent d’un contrôleur",
        "AES missing on a controller",
    ),
    message=Text(
        "{subject} ne propose pas AES (types {encryption_types}).",
        "{subject} does not offer AES (types {encryption_types}).",
    ),
    remediation=Text(
        "Cochez AES128 et AES256 dans la stratégie des contrôleurs (« Sécurité réseau : Configurer les types de "
        "chiffrement autorisés pour Kerberos »), sans décocher RC4 : une stratégie neuve où seul AES est coché "
        "refuse RC4 partout. Attendez la réplication, puis changez deux fois le mot de passe de krbtgt à 10 "
        "heures d’intervalle pour créer ses clés AES. Effet : après le second changement, les tickets anciens "
        "sont refusés : des sessions et services sont à rouvrir. Retour : remettez les cases d’avant.",
        "Tick AES128 and AES256 in the policy of controllers (“Network security: Configure encryption types "
        "allowed for Kerberos”), without clearing RC4: a new policy with AES alone refuses RC4 everywhere. Wait "
        "for replication, then change the krbtgt password twice, 10 hours apart, so that its AES keys are made. "
        "Effect: after the second change old tickets are refused: sessions and services must be opened again. "
        "Back: the former boxes.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_dc_crypto@3", "attack:T1558.003"),
    check=check,
    reads=("domain",),
)
