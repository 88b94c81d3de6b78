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
        "Remettez le groupe principal par défaut (Set-ADUser -Replace @{primaryGroupID=513}) après avoir vérifié "
        "qu’aucun poste Unix ou Mac n’en dépend.",
        "Restore the default primary group (Set-ADUser -Replace @{primaryGroupID=513}) after checking that no "
        "Unix or Mac machine depends on it.",
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
