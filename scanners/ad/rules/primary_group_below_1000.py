"""The primary group does not show among members: a built-in one set by hand hides a privilege.

CERT-FR, vuln_primary_group_id_1000: below 1000 only 513 to 516 and 521 are normal.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.columns import MISSING
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

FIRST_ORDINARY_RID = 1000
USUAL = (513, 514, 515, 516, 521)


def check(facts: DirectoryFacts) -> Verdict:
    """Every account."""
    group = facts.objects.ints("primaryGroupID")
    unusual = (group < FIRST_ORDINARY_RID) & (group != MISSING) & ~np.isin(group, USUAL)
    return verdict(facts, facts.accounts, unusual, lambda row: {"primary_group": int(group[row])}, group == MISSING)


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
