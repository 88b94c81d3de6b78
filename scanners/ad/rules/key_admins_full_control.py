"""Whoever controls the head of the domain takes all its secrets. A faulty preparation for Windows Server 2016 gave
that to Key Admins, and a corrected one does not always take it back.

PingCastle P-DelegationKeyAdmin: an entry of Key Admins (526) or Enterprise Key Admins (527) on the head of the domain
about more than msDS-KeyCredentialLink. The faulty preparation itself is `key_admins_too_powerful`.
"""

from __future__ import annotations

import re

from scanners.ad.descriptors import WRITE_DACL, WRITE_OWNER, WRITE_PROPERTY
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import carrying, readable
from scanners.ad.rights import grants
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs

KEY_ADMINS = re.compile(r"S-1-5-21-[-0-9]+-52[67]\Z")


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever has rights on the head of the domain."""
    head = facts.domain_row
    readable(facts, facts.mask([head]) & (facts.objects.descriptor < 0))
    table = facts.descriptors
    powerful = grants(table, WRITE_DACL) | grants(table, WRITE_OWNER) | grants(table, WRITE_PROPERTY)
    allowed = {table.trustee_sid(ace) for ace in carrying(table, powerful, int(facts.objects.descriptor[head]))}
    found = sorted(sid for sid in allowed if KEY_ADMINS.match(sid))
    dn = facts.objects.dn[head]
    return judged(len(allowed), (Finding(facts.name_of(sid), {"dn": dn, "sid": sid}) for sid in found))


RULE = Rule(
    id="ad.key_admins_full_control",
    title=Text(
        "Contrôle total de Key Admins à la racine du domaine",
        "Key Admins with full control of the head of the domain",
    ),
    message=Text(
        "{subject} peut tout changer à la racine du domaine, au-delà des clés qu’il gère.",
        "{subject} may change anything at the head of the domain, beyond the keys it manages.",
    ),
    remediation=Text(
        "Ouvrez les autorisations de la racine du domaine (Utilisateurs et ordinateurs AD, Fonctionnalités "
        "avancées, Sécurité, Avancé), notez l’entrée citée (dsacls DC=… > avant.txt), retirez-la et laissez "
        "seulement « Lire et écrire msDS-KeyCredentialLink ». Effet : Windows Hello entreprise continue, il "
        "n’a besoin que de cet attribut. Retour : remettez l’entrée notée.",
        "Open the permissions of the head of the domain (AD Users and Computers, Advanced Features, Security, "
        "Advanced), write down the entry named (dsacls DC=… > before.txt), remove it and leave only “Read and "
        "write msDS-KeyCredentialLink”. Effect: Windows Hello for Business goes on, it needs that attribute "
        "only. Back: put back the entry written down.",
    ),
    severity=Severity.HIGH,
    refs=refs("pingcastle:P-DelegationKeyAdmin", "attack:T1222.001"),
    check=check,
    reads=("domain",),
)
