"""The primary group does not show among members: a built-in one set by hand hides a privilege.

CERT-FR, vuln_primary_group_id_1000: below 1000 only 513 or 514 for a user, 515 for a machine, 516 for a controller and
521 for a read-only one are normal.
"""

from __future__ import annotations

import numpy as np

from scanners.ad import sids
from scanners.ad.columns import MISSING, Ints, Kind, Mask
from scanners.ad.facts import UAC_CONTROLLER, UAC_PARTIAL_SECRETS, DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

FIRST_ORDINARY_RID = 1000


def check(facts: DirectoryFacts) -> Verdict:
    """Every account."""
    group = facts.objects.ints("primaryGroupID")
    unusual = (group < FIRST_ORDINARY_RID) & (group != MISSING) & ~_usual(facts, group)
    return verdict(facts, facts.accounts, unusual, lambda row: {"primary_group": int(group[row])}, group == MISSING)


def _usual(facts: DirectoryFacts, group: Ints) -> Mask:
    """Accounts in the group that Windows gives to their kind; a machine whose flags are withheld has the doubt."""
    users, computers = facts.objects.of(Kind.USER), facts.objects.of(Kind.COMPUTER)
    controllers = computers & (facts.flag(UAC_CONTROLLER) | facts.hidden)
    read_only = computers & (facts.flag(UAC_PARTIAL_SECRETS) | facts.hidden)
    usual: Mask = (
        (users & np.isin(group, (sids.RID_DOMAIN_USERS, sids.RID_DOMAIN_GUESTS)))
        | (~users & (group == sids.RID_DOMAIN_COMPUTERS))
        | (controllers & (group == sids.RID_DOMAIN_CONTROLLERS))
        | (read_only & (group == sids.RID_READ_ONLY_CONTROLLERS))
    )
    return usual


RULE = Rule(
    id="ad.primary_group_below_1000",
    title=Text(
        "Groupe principal privilégié ou anormal",
        "Privileged or abnormal primary group",
    ),
    message=Text(
        "Le groupe principal de {subject} est {primary_group}.",
        "The primary group of {subject} is {primary_group}.",
    ),
    remediation=Text(
        "Ajoutez le compte à Utilisateurs du domaine (513 ; 515 pour une machine, jamais pour un contrôleur), "
        "puis Set-ADObject DN -Replace @{primaryGroupID=513} : l’ancien groupe devient une appartenance visible, "
        "retirez-la (Remove-ADGroupMember). Retour : l’inverse, avec la valeur notée. Cherchez qui l’a changé "
        "(événement 5136).",
        "Add the account to Domain Users (513; 515 for a machine, never for a controller), then Set-ADObject DN "
        "-Replace @{primaryGroupID=513}: the former group becomes a visible membership, remove it "
        "(Remove-ADGroupMember). Back: the reverse, with the value noted. Find out who changed it (event 5136).",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_primary_group_id_1000@1", "attack:T1564.002"),
    check=check,
    reads=("domain",),
)
