"""A primary group other than the default hides a membership from the usual tools.

CERT-FR, vuln_primary_group_id_nochange: 513 for users (514 for Guest), 515 for computers and managed accounts.
"""

from __future__ import annotations

import numpy as np

from scanners.ad import sids
from scanners.ad.columns import MISSING, Kind
from scanners.ad.facts import UAC_TRUST_ACCOUNT, DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Every account that is not a controller."""
    group, people = facts.objects.ints("primaryGroupID"), facts.objects.of(Kind.USER)
    usual = np.where(people, sids.RID_DOMAIN_USERS, sids.RID_DOMAIN_COMPUTERS)
    guest = facts.row_of_rid(sids.RID_GUEST)
    if guest >= 0:
        usual[guest] = sids.RID_DOMAIN_GUESTS
    ordinary = facts.accounts & ~facts.controllers & ~facts.flag(UAC_TRUST_ACCOUNT)
    return verdict(
        facts,
        ordinary,
        (group != usual) & (group != MISSING),
        lambda row: {"primary_group": int(group[row])},
        group == MISSING,
    )


RULE = Rule(
    id="ad.primary_group_changed",
    title=Text(
        "Groupe principal modifié",
        "Changed primary group",
    ),
    message=Text(
        "Le groupe principal de {subject} est {primary_group}.",
        "The primary group of {subject} is {primary_group}.",
    ),
    remediation=Text(
        "Vérifiez qu’aucun poste Unix ou Mac ne dépend de ce groupe. Ajoutez le compte à Utilisateurs du domaine "
        "(513 ; 515 pour une machine, jamais pour un contrôleur), puis Set-ADObject DN -Replace "
        "@{primaryGroupID=513} : l’ancien groupe devient une appartenance visible, retirez-la "
        "(Remove-ADGroupMember). Retour : l’inverse, avec la valeur notée.",
        "Check that no Unix or Mac machine depends on that group. Add the account to Domain Users (513; 515 for "
        "a machine, never for a controller), then Set-ADObject DN -Replace @{primaryGroupID=513}: the former "
        "group becomes a visible membership, remove it (Remove-ADGroupMember). Back: the reverse, with the value "
        "noted.",
    ),
    severity=Severity.MEDIUM,
    refs=refs(
        "anssi-ad:vuln_primary_group_id_nochange@3",
        "pingcastle:S-PrimaryGroup",
        "pingcastle:S-C-PrimaryGroup",
        "attack:T1564.002",
    ),
    check=check,
    reads=("domain",),
)
