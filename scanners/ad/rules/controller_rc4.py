"""RC4 tickets are much easier to guess than AES ones; at the best level no controller accepts them.

CERT-FR, vuln_dc_crypto at level 4: bits of msDS-SupportedEncryptionTypes of controllers.
"""

from __future__ import annotations

from scanners.ad.columns import MISSING
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.controllers import standing
from scanners.model import Rule, Severity, Text, Verdict, refs

ENCRYPTION = "msDS-SupportedEncryptionTypes"
RC4 = 0x4


def check(facts: DirectoryFacts) -> Verdict:
    """All controllers that are machines: that of Entra Kerberos is not."""
    types = facts.objects.ints(ENCRYPTION)
    failing = (types != MISSING) & facts.flag(RC4, ENCRYPTION)
    return verdict(facts, standing(facts), failing, lambda row: {"encryption_types": int(types[row])}, types == MISSING)


RULE = Rule(
    id="ad.controller_rc4",
    title=Text(
        "RC4 accepté par un contrôleur",
        "RC4 accepted by a controller",
    ),
    message=Text(
        "{subject} accepte encore RC4 (types {encryption_types}).",
        "{subject} still accepts RC4 (types {encryption_types}).",
    ),
    remediation=Text(
        "Relevez d’abord, sur un mois, les tickets RC4 encore émis (événements 4768 et 4769, type 0x17), "
        "activez AES sur leurs comptes et changez leur mot de passe, puis décochez RC4 dans la stratégie des "
        "contrôleurs (« Sécurité réseau : Configurer les types de chiffrement autorisés pour Kerberos »). "
        "Effet : automates, copieurs et approbations anciennes peuvent ne plus s’authentifier ; essayez sur "
        "un contrôleur. Retour : recochez RC4, gpupdate.",
        "First list, over a month, the RC4 tickets still issued (events 4768 and 4769, type 0x17), enable AES "
        "on their accounts and change their password, then clear RC4 in the policy of controllers (“Network "
        "security: Configure encryption types allowed for Kerberos”). Effect: analysers, copiers and old "
        "trusts may no longer authenticate; try on one controller. Back: tick RC4 again, gpupdate.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:vuln_dc_crypto@4", "attack:T1558.003"),
    check=check,
    reads=("domain",),
)
