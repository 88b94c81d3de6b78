"""Members of the other built-in groups (remote desktop, Hyper-V, cryptography, event logs…) hold their rights on the
domain controllers.

ANSSI warning_privileged_members_builtin_notpriv: built-in groups that are empty by default and are not among the
privileged ones. It does not move the level. Certificate Service DCOM Access may hold Authenticated Users (AD CS).
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import members_of_any
from scanners.model import Rule, Severity, Text, Verdict, refs

EMPTY_BY_DEFAULT = (555, 556, 557, 558, 559, 561, 562, 569, 573, 574, 575, 576, 577, 578, 579, 580, 582)


def check(facts: DirectoryFacts) -> Verdict:
    """Direct members of the built-in groups that are empty by default."""
    groups = tuple(f"S-1-5-32-{rid}" for rid in EMPTY_BY_DEFAULT)
    return members_of_any(facts, groups, frozenset({sids.AUTHENTICATED_USERS}))


RULE = Rule(
    id="ad.builtin_groups_not_empty",
    title=Text(
        "Membre d’un groupe intégré vide par défaut",
        "Member of a built-in group that is empty by default",
    ),
    message=Text(
        "{subject} est membre de {groups} : ce groupe donne des droits sur les contrôleurs de domaine.",
        "{subject} is a member of {groups}: that group gives rights on domain controllers.",
    ),
    remediation=Text(
        "Ces groupes du domaine ne servent que sur les contrôleurs. Demandez à quoi sert l’appartenance ; "
        "pour un serveur, donnez-la dans le groupe local de ce serveur (Add-LocalGroupMember), puis "
        "Remove-ADGroupMember GROUPE -Members COMPTE. Effet : la personne ne se connecte plus aux contrôleurs "
        "par ce biais. Pour revenir : Add-ADGroupMember.",
        "These groups of the domain only matter on controllers. Ask what the membership is for; for a server, "
        "give it in the local group of that server (Add-LocalGroupMember), then Remove-ADGroupMember GROUP "
        "-Members ACCOUNT. Effect: the person no longer reaches controllers that way. To go back: "
        "Add-ADGroupMember.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:warning_privileged_members_builtin_notpriv@2"),
    check=check,
    reads=("domain",),
)
