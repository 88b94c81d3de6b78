"""A controller whose account lacks the flags of its role was badly changed, or is a rogue one.

CERT-FR, vuln_dc_inconsistent_uac: a controller is a trusted server, a read-only one a workstation with partial
secrets; both have a `server` object in the sites, with NTDS settings that say which functional level they support (that
of the domain at least, or they could not be there). What Entra Kerberos adds has no machine and no place in the sites.
"""

from __future__ import annotations

import numpy as np

from scanners.ad import sids
from scanners.ad.columns import MISSING, Kind, Mask
from scanners.ad.facts import (
    UAC_CONTROLLER,
    UAC_PARTIAL_SECRETS,
    UAC_PROTOCOL_TRANSITION,
    UAC_UNCONSTRAINED,
    UAC_WORKSTATION,
    DirectoryFacts,
)
from scanners.ad.judging import in_doubt, verdict
from scanners.ad.subjects.controllers import cloud_controllers, level_of, servers_of
from scanners.model import Rule, Severity, Text, Verdict, refs

WRITABLE = UAC_CONTROLLER | UAC_UNCONSTRAINED
READ_ONLY = UAC_WORKSTATION | UAC_PARTIAL_SECRETS | UAC_PROTOCOL_TRANSITION
FLAGS, GROUP = "userAccountControl", "primaryGroupID"


def check(facts: DirectoryFacts) -> Verdict:
    """Accounts in the groups of controllers, or with the flag of a controller."""
    control, group = facts.objects.ints(FLAGS), facts.objects.ints(GROUP)
    read_only = group == sids.RID_READ_ONLY_CONTROLLERS
    wanted = np.where(read_only, READ_ONLY, WRITABLE)
    named = facts.controllers | (facts.flag(UAC_CONTROLLER) & facts.objects.of(Kind.COMPUTER))
    flawed = {FLAGS: control & wanted != wanted, GROUP: ~facts.controllers}
    placed = out_of_place(facts, named & ~cloud_controllers(facts))
    lacking = {
        row: [name for name, mask in flawed.items() if mask[row]] + placed.get(row, [])
        for row in np.flatnonzero(named).tolist()
    }
    found = verdict(
        facts,
        named,
        facts.mask(row for row, found in lacking.items() if found),
        lambda row: {
            "user_account_control": int(control[row]),
            "primary_group": int(group[row]),
            "missing": ", ".join(lacking[row]),
        },
        control == MISSING,
    )
    return in_doubt(facts, found, facts.hidden & facts.objects.of(Kind.COMPUTER) & ~named)


def out_of_place(facts: DirectoryFacts, machines: Mask) -> dict[int, list[str]]:
    """What each of these lacks in the sites, by the name of the class or attribute."""
    servers, lacking = servers_of(facts), {}
    for row in np.flatnonzero(machines).tolist():
        level = level_of(facts, servers[row]) if row in servers else None
        if row not in servers:
            lacking[row] = ["server"]
        elif level is None:
            lacking[row] = ["nTDSDSA"]
        elif level < (facts.naming.domain_level or 0):
            lacking[row] = ["msDS-Behavior-Version"]
    return lacking


RULE = Rule(
    id="ad.controller_inconsistent",
    title=Text(
        "Contrôleur de domaine incohérent",
        "Inconsistent domain controller",
    ),
    message=Text(
        "{subject} passe pour un contrôleur, mais ceci manque ou diffère : {missing} (indicateurs "
        "{user_account_control}, groupe principal {primary_group}).",
        "{subject} passes for a controller, but this is missing or different: {missing} (flags "
        "{user_account_control}, primary group {primary_group}).",
    ),
    remediation=Text(
        "Vérifiez que la machine est bien un de vos contrôleurs. Si oui, remettez userAccountControl (532480, ou "
        "83890176 en lecture seule) et le groupe principal (516 ou 521) avec ldp ; s’il lui manque un objet dans les "
        "sites (server, NTDS Settings), rétrogradez-le proprement et installez-le à nouveau. Sinon, isolez-la et "
        "traitez l’incident ; certains boîtiers d’accélération réseau (Riverbed) se déclarent ainsi, demandez à leur "
        "fournisseur un autre réglage. Retour : les anciennes valeurs, notées avant.",
        "Check that the machine is one of your controllers. If so, restore userAccountControl (532480, or 83890176 "
        "for a read-only one) and the primary group (516 or 521) with ldp; if it lacks an object in the sites (server, "
        "NTDS Settings), demote it properly and install it again. Else isolate it and handle the incident; some "
        "network accelerators (Riverbed) declare themselves so, ask their supplier for another setting. Back: the old "
        "values, written down before.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_dc_inconsistent_uac@1", "pingcastle:S-DCRegistration", "attack:T1207"),
    check=check,
    reads=("domain", "configuration"),
)
