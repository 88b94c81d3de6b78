"""A trust that does not announce AES makes tickets between both sides with RC4, much easier to guess.

PingCastle T-AlgsAES: bits 0x8 or 0x10 of msDS-SupportedEncryptionTypes of the trust. Without the attribute Windows
takes RC4; an NT 4 trust knows no Kerberos and has its own rule.
"""

from __future__ import annotations

from scanners.ad.columns import MISSING
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.trusts import DOWNLEVEL, every, of_type, partner
from scanners.model import Rule, Severity, Text, Verdict, refs

ENCRYPTION = "msDS-SupportedEncryptionTypes"
AES = 0x18


def check(facts: DirectoryFacts) -> Verdict:
    """Trusts that use Kerberos."""
    types, other = facts.objects.ints(ENCRYPTION), partner(facts)
    return verdict(
        facts,
        every(facts) & ~of_type(facts, DOWNLEVEL),
        ~facts.flag(AES, ENCRYPTION),
        lambda row: {**other(row), "encryption_types": None if types[row] == MISSING else int(types[row])},
    )


RULE = Rule(
    id="ad.trust_without_aes",
    title=Text(
        "Approbation sans AES",
        "Trust without AES",
    ),
    message=Text(
        "L’approbation avec {partner} n’annonce pas AES.",
        "The trust with {partner} does not announce AES.",
    ),
    remediation=Text(
        "Vérifiez d’abord que l’autre côté sait faire de l’AES (Windows Server 2008 ou plus récent, royaume "
        "MIT à jour), puis, des deux côtés le même jour : ksetup /setenctypeattr partenaire.local "
        "AES128-CTS-HMAC-SHA1-96 AES256-CTS-HMAC-SHA1-96 (ou la case « L’autre domaine prend en charge le "
        "chiffrement AES Kerberos » dans Domaines et approbations). Effet : si un côté ne suit pas, les accès "
        "croisés échouent. Retour : la même commande en ajoutant RC4-HMAC-MD5.",
        "First check that the other side knows AES (Windows Server 2008 or later, an up-to-date MIT realm), "
        "then, on both sides the same day: ksetup /setenctypeattr partner.local AES128-CTS-HMAC-SHA1-96 "
        "AES256-CTS-HMAC-SHA1-96 (or the box “The other domain supports Kerberos AES Encryption” in Domains "
        "and Trusts). Effect: if one side does not follow, cross access fails. Back: the same command with "
        "RC4-HMAC-MD5 added.",
    ),
    severity=Severity.LOW,
    refs=refs("pingcastle:T-AlgsAES", "attack:T1558.003"),
    check=check,
    reads=("domain",),
)
