"""Groups nested in each other in a loop hide who holds what, and break tools.

CERT-FR, vuln_group_loop.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Every group."""
    groups = facts.objects.of(Kind.GROUP)
    parents, children = facts.membership
    nested = groups[parents] & groups[children]
    inside = groups.copy()
    while True:  # take away, until nothing changes, the groups that hold none or are held by none
        edges = nested & inside[parents] & inside[children]
        kept = (
            inside & np.isin(np.arange(len(groups)), parents[edges]) & np.isin(np.arange(len(groups)), children[edges])
        )
        if bool((kept == inside).all()):
            break
        inside = kept
    return verdict(facts, groups, inside)


RULE = Rule(
    id="ad.group_loop",
    title=Text(
        "Boucle d’imbrication de groupes",
        "Loop of nested groups",
    ),
    message=Text(
        "{subject} fait partie d’une boucle de groupes imbriqués.",
        "{subject} is part of a loop of nested groups.",
    ),
    remediation=Text(
        "Notez les droits de chaque groupe, puis retirez l’appartenance qui ferme la boucle : Remove-ADGroupMember "
        "GROUPE_A -Members GROUPE_B. Effet : les membres de B perdent les droits de A à leur prochaine ouverture de "
        "session. Retour : Add-ADGroupMember GROUPE_A -Members GROUPE_B.",
        "Write down the rights of each group, then remove the membership that closes the loop: Remove-ADGroupMember "
        "GROUP_A -Members GROUP_B. Effect: members of B lose the rights of A at their next logon. Back: "
        "Add-ADGroupMember GROUP_A -Members GROUP_B.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:vuln_group_loop@4"),
    check=check,
    reads=("domain",),
)
