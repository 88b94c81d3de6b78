"""One wrong click on an unprotected unit deletes all the accounts of a department.

PingCastle, P-UnprotectedOU: units without the entry that refuses deletion to everybody.
"""

from __future__ import annotations

import numpy as np

from scanners.ad import sids
from scanners.ad.columns import Kind
from scanners.ad.descriptors import DELETE, DELETE_TREE, DENY, INHERIT_ONLY
from scanners.ad.entries import carriers, held_by
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.rights import masks
from scanners.model import Rule, Severity, Text, Verdict, refs

DELETING = DELETE | DELETE_TREE


def check(facts: DirectoryFacts) -> Verdict:
    """Organisational units."""
    table, withheld = facts.descriptors, facts.objects.descriptor < 0
    refusing = np.isin(table.ace_type, (DENY,)) & (table.ace_flags & INHERIT_ONLY == 0)
    refusing &= (masks(table) & DELETING == DELETING) & held_by(table, lambda sid: sid == sids.EVERYONE)
    return verdict(facts, facts.objects.of(Kind.OU), ~carriers(facts, refusing) & ~withheld, unreadable=withheld)


RULE = Rule(
    id="ad.ou_deletable",
    title=Text(
        "Unité d’organisation non protégée de la suppression",
        "Organisational unit not protected from deletion",
    ),
    message=Text(
        "{subject} peut être supprimée par mégarde.",
        "{subject} can be deleted by mistake.",
    ),
    remediation=Text(
        "Get-ADOrganizationalUnit -Filter * | Set-ADOrganizationalUnit -ProtectedFromAccidentalDeletion $true. "
        "Effet : pour supprimer ou déplacer une unité, décochez d’abord la case (onglet Objet), ce qui est aussi le "
        "retour en arrière.",
        "Get-ADOrganizationalUnit -Filter * | Set-ADOrganizationalUnit -ProtectedFromAccidentalDeletion $true. "
        "Effect: to delete or move a unit, first clear the box (Object tab), which is also how to go back.",
    ),
    severity=Severity.INFO,
    refs=refs("pingcastle:P-UnprotectedOU"),
    check=check,
    reads=("domain",),
    whole=True,
)
