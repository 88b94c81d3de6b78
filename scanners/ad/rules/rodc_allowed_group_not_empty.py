"""Members of this group have their secrets copied on every read-only controller.

CERT-FR, vuln_rodc_allowed_group: RID 571 must be empty.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import members_verdict, row_of_all
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Members of Allowed RODC Password Replication Group."""
    return members_verdict(facts, row_of_all(facts, f"{facts.naming.sid}-{sids.RID_RODC_ALLOWED}"))


RULE = Rule(
    id="ad.rodc_allowed_group_not_empty",
    title=Text(
        "Groupe RODC autorisé non vide",
        "Allowed RODC group not empty",
    ),
    message=Text(
        "{subject} est membre de {group} : son secret est copié sur tout contrôleur en lecture seule.",
        "{subject} is a member of {group}: its secret is copied to every read-only controller.",
    ),
    remediation=Text(
        "Notez les membres (Get-ADGroupMember), autorisez les comptes utiles sur chaque RODC (Utilisateurs et "
        "ordinateurs AD, propriétés du RODC, Stratégie de réplication de mot de passe), puis videz le groupe. "
        "Effet : sur un site coupé du réseau, un compte retiré ne peut plus ouvrir de session. Retour : "
        "Add-ADGroupMember avec la liste notée.",
        "Write down the members (Get-ADGroupMember), allow the accounts needed on each RODC (AD Users and "
        "Computers, properties of the RODC, Password Replication Policy), then empty the group. Effect: on a "
        "site cut from the network, an account taken out can no longer log on. Back: Add-ADGroupMember with "
        "the list.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_rodc_allowed_group@3", "pingcastle:P-RODCAllowedGroup"),
    check=check,
    reads=("domain",),
)
