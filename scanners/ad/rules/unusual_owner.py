"""The owner of an object may change its permissions whatever they say.

CERT-FR, vuln_owner: owners other than SYSTEM, Administrators, Domain Admins and Enterprise Admins, on objects older
than 7 days. Domain controllers’ own objects follow the same rule.
"""

from __future__ import annotations

import numpy as np

from scanners.ad import sids
from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

MIN_DAYS = 7
KINDS = (Kind.USER, Kind.COMPUTER, Kind.GROUP, Kind.OU, Kind.GPO, Kind.GMSA, Kind.SMSA)


def check(facts: DirectoryFacts) -> Verdict:
    """Users, computers, groups, organizational units, policies and managed accounts."""
    table, carried = facts.permissions, facts.objects.descriptor
    usual = {sids.SYSTEM, sids.ADMINISTRATORS}
    naming = facts.naming
    usual |= {f"{naming.sid}-{sids.RID_DOMAIN_ADMINS}", f"{naming.forest_sid}-{sids.RID_ENTERPRISE_ADMINS}"}
    unusual = np.array([sid not in usual for sid in table.sids] + [False])
    owner = np.where(carried >= 0, table.owner[np.maximum(carried, 0)], -1) if len(table) else np.full(len(carried), -1)
    age = facts.days_since("whenCreated")
    settled = facts.objects.of(*KINDS) & ~(age <= MIN_DAYS)
    kept = unusual[owner]
    return verdict(
        facts,
        settled,
        kept & (age > MIN_DAYS),
        lambda row: {"owner": facts.name_of(table.sids[owner[row]]), "owner_sid": table.sids[owner[row]]},
        (carried < 0) | (kept & np.isnan(age)),
    )


RULE = Rule(
    id="ad.unusual_owner",
    title=Text(
        "Propriétaire inhabituel",
        "Unusual owner",
    ),
    message=Text(
        "{subject} appartient à {owner}, qui peut en changer les autorisations.",
        "{subject} belongs to {owner}, who may change its permissions.",
    ),
    remediation=Text(
        'Notez le propriétaire ((Get-Acl "AD:\\<DN>").Owner), puis donnez l’objet aux Admins du domaine : $a = '
        'Get-Acl "AD:\\<DN>" ; $a.SetOwner([Security.Principal.SecurityIdentifier]"$((Get-ADDomain).DomainSID)-512") '
        '; Set-Acl "AD:\\<DN>" $a. Commencez par les machines jointes par des techniciens ; réduisez le quota de '
        "jonction pour que cela cesse. Effet : l’ancien propriétaire ne peut plus changer l’objet ni rejoindre la "
        "machine sous ce nom. Retour : la même commande avec le propriétaire noté.",
        'Write the owner down ((Get-Acl "AD:\\<DN>").Owner), then give the object to Domain Admins: $a = Get-Acl '
        '"AD:\\<DN>"; $a.SetOwner([Security.Principal.SecurityIdentifier]"$((Get-ADDomain).DomainSID)-512"); Set-Acl '
        '"AD:\\<DN>" $a. Start with machines joined by technicians; lower the machine account quota so that it '
        "stops. Effect: the former owner can no longer change the object, nor join the machine again under that "
        "name. Back: the same command with the owner written down.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_owner@3", "pingcastle:P-DCOwner", "attack:T1222.001"),
    check=check,
    reads=("domain",),
)
