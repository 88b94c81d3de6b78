"""Groups missing from this list may have their secrets copied on the read-only controller.

CERT-FR, vuln_rodc_never_reveal: Administrators, Account, Server and Backup Operators, and the denied group (RID 572).
"""

from __future__ import annotations

import numpy as np

from scanners.ad import sids
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

BUILTIN = tuple(f"S-1-5-32-{rid}" for rid in (544, 548, 549, 551))


def check(facts: DirectoryFacts) -> Verdict:
    """Read-only controllers."""
    listed = facts.objects.texts("msDS-NeverRevealGroup")
    expected = [
        row for sid in (*BUILTIN, f"{facts.naming.sid}-{sids.RID_RODC_DENIED}") if (row := facts.row_of(sid)) >= 0
    ]
    read_only = facts.controllers & (facts.objects.ints("primaryGroupID") == sids.RID_READ_ONLY_CONTROLLERS)
    absent = {}
    for row in np.flatnonzero(read_only).tolist():
        names = {dn.lower() for dn in listed.get(row, ())}
        absent[row] = [facts.subject(group) for group in expected if facts.objects.dn[group].lower() not in names]
    return verdict(
        facts,
        read_only,
        facts.mask(row for row, groups in absent.items() if groups),
        lambda row: {"absent": ", ".join(absent[row])},
    )


RULE = Rule(
    id="ad.rodc_never_reveal_incomplete",
    title=Text(
        "RODC : liste d’interdiction incomplète",
        "RODC: incomplete denied list",
    ),
    message=Text(
        "{subject} n’interdit pas la copie des secrets de {absent}.",
        "{subject} does not forbid copying the secrets of {absent}.",
    ),
    remediation=Text(
        "Remettez les groupes cités en « Refuser » : Utilisateurs et ordinateurs AD, propriétés du RODC, "
        "Stratégie de réplication de mot de passe, ou Add-ADDomainControllerPasswordReplicationPolicy "
        "-Identity RODC1 -DeniedList groupe. Effet : aucun sur les comptes ordinaires. Retour : "
        "Remove-ADDomainControllerPasswordReplicationPolicy.",
        "Put the groups named back as “Deny”: AD Users and Computers, properties of the RODC, Password "
        "Replication Policy, or Add-ADDomainControllerPasswordReplicationPolicy -Identity RODC1 -DeniedList "
        "group. Effect: none on ordinary accounts. Back: Remove-ADDomainControllerPasswordReplicationPolicy.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_rodc_never_reveal@3", "pingcastle:P-RODCNeverReveal"),
    check=check,
    reads=("domain",),
)
