"""A privileged principal in the list of a read-only controller has its secret copied on it.

CERT-FR, vuln_rodc_reveal: nobody whose RID is below 1000 in msDS-RevealOnDemandGroup, but RID 571.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

FIRST_ORDINARY_RID = 1000


def check(facts: DirectoryFacts) -> Verdict:
    """Read-only controllers. Each is given a list when it is made: one that shows none hides it."""
    objects = facts.objects
    rows = {
        row: {dn: objects.row_by_dn.get(dn.lower(), -1) for dn in values}
        for row, values in objects.texts("msDS-RevealOnDemandGroup").items()
    }
    listed = {
        row: [
            dn
            for dn, found in named.items()
            if found >= 0
            and 0 <= objects.sid_rid[found] < FIRST_ORDINARY_RID
            and objects.sid_rid[found] != sids.RID_RODC_ALLOWED
        ]
        for row, named in rows.items()
    }
    group = objects.ints("primaryGroupID")
    hidden = facts.mask(row for row, named in rows.items() if -1 in named.values())
    return verdict(
        facts,
        facts.controllers & (group == sids.RID_READ_ONLY_CONTROLLERS),
        facts.mask(row for row, found in listed.items() if found),
        lambda row: {"revealed": "; ".join(listed[row])},
        hidden | ~facts.having("msDS-RevealOnDemandGroup"),
    )


RULE = Rule(
    id="ad.rodc_reveals_privileged",
    title=Text(
        "Groupe ou compte intégré dans la liste autorisée d’un RODC",
        "Built-in group or account in the allowed list of an RODC",
    ),
    message=Text(
        "{subject} peut recevoir le secret de {revealed}.",
        "{subject} may receive the secret of {revealed}.",
    ),
    remediation=Text(
        "Retirez-le de la liste (Remove-ADDomainControllerPasswordReplicationPolicy -Identity RODC1 "
        "-AllowedList groupe), puis changez le mot de passe des comptes concernés : leur secret est peut-être "
        "déjà sur le RODC. Effet : ils ne se connectent plus sur ce site sans contrôleur complet. Retour : "
        "Add-ADDomainControllerPasswordReplicationPolicy.",
        "Take it off the list (Remove-ADDomainControllerPasswordReplicationPolicy -Identity RODC1 "
        "-AllowedList group), then change the password of the accounts concerned: their secret may already be "
        "on the RODC. Effect: they no longer log on at that site without a full controller. Back: "
        "Add-ADDomainControllerPasswordReplicationPolicy.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_rodc_reveal@3", "pingcastle:P-RODCRevealOnDemand"),
    check=check,
    reads=("domain",),
)
