"""A controller whose account lacks the flags of its role was badly changed, or is a rogue one.

CERT-FR, vuln_dc_inconsistent_uac: a controller is a trusted server, a read-only one a workstation with partial
secrets. Judged on accounts only: not on the objects of the sites.
"""

from __future__ import annotations

import numpy as np

from scanners.ad import sids
from scanners.ad.columns import MISSING, Kind
from scanners.ad.facts import (
    UAC_CONTROLLER,
    UAC_PARTIAL_SECRETS,
    UAC_PROTOCOL_TRANSITION,
    UAC_UNCONSTRAINED,
    UAC_WORKSTATION,
    DirectoryFacts,
)
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

WRITABLE = UAC_CONTROLLER | UAC_UNCONSTRAINED
READ_ONLY = UAC_WORKSTATION | UAC_PARTIAL_SECRETS | UAC_PROTOCOL_TRANSITION


def check(facts: DirectoryFacts) -> Verdict:
    """Accounts in the groups of controllers, or with the flag of a controller."""
    control, group = facts.objects.ints("userAccountControl"), facts.objects.ints("primaryGroupID")
    read_only = group == sids.RID_READ_ONLY_CONTROLLERS
    wanted = np.where(read_only, READ_ONLY, WRITABLE)
    named = facts.controllers | (facts.flag(UAC_CONTROLLER) & facts.objects.of(Kind.COMPUTER))
    return verdict(
        facts,
        named,
        (control & wanted != wanted) | ~facts.controllers,
        lambda row: {"user_account_control": int(control[row]), "primary_group": int(group[row])},
        control == MISSING,
    )


RULE = Rule(
    id="ad.controller_inconsistent",
    title=Text(
        "Contrôleur de domaine incohérent",
        "Inconsistent domain controller",
    ),
    message=Text(
        "{subject} porte les indicateurs {user_account_control} et le groupe principal {primary_group}, qui ne "
        "sont pas ceux d’un contrôleur.",
        "{subject} carries the flags {user_account_control} and the primary group {primary_group}, which are not "
        "those of a controller.",
    ),
    remediation=Text(
        "Vérifiez que la machine est bien un de vos contrôleurs. Si oui, remettez userAccountControl (532480, ou "
        "83890176 en lecture seule) et le groupe principal ; sinon, isolez-la et traitez l’incident.",
        "Check that the machine is one of your controllers. If so, restore userAccountControl (532480, or "
        "83890176 for a read-only one) and the primary group; else isolate it and handle the incident.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_dc_inconsistent_uac@1", "pingcastle:S-DCRegistration", "attack:T1207"),
    check=check,
    reads=("domain",),
)
