"""Who can become administrator of the domain: each path is one phished account away from losing everything.

CERT-FR, vuln_privileged_members_perm. Targets are the privileged groups and their members, the controllers, the head
of the domain, AdminSDHolder and krbtgt; the shortest path of each principal is the evidence. An identity that everybody
has (Authenticated Users, Domain Users…) and that is a member of a privileged group is told as well.
"""

from __future__ import annotations

from scanners.ad.control_paths.control import everybody_inside, privileged_members, who_controls
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import together
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls it, directly or through others, with no major prerequisite; and whoever
    everybody is, when that is privileged."""
    everybody = tuple(everybody_inside(facts))
    found = who_controls(facts, privileged_members(facts), level=1)
    return together(Verdict(0, everybody), found)


RULE = Rule(
    id="ad.control_path_to_tier_zero",
    title=Text(
        "Chemin de contrôle vers l’administration du domaine",
        "Control path to domain administration",
    ),
    message=Text(
        "{subject} peut prendre le contrôle de {target} (comptes actifs qui en profitent : "
        "{accounts:=nombre inconnu}) : {path}",
        "{subject} can take control of {target} (enabled accounts that benefit: {accounts:=number unknown}): {path}",
    ),
    remediation=Text(
        'Coupez le chemin à son premier maillon. Une autorisation : notez (Get-Acl "AD:\\<DN>").Sddl de l’objet, '
        "puis retirez l’entrée citée (Utilisateurs et ordinateurs AD, Fonctionnalités avancées, Sécurité, Avancé). "
        "Une appartenance : Remove-ADGroupMember GROUPE -Members COMPTE. Effet : ce que faisait ce titulaire par ce "
        "droit cesse ; testez l’application concernée, puis relancez l’audit pour voir les chemins restants. Retour "
        ": remettez l’entrée notée, ou Add-ADGroupMember.",
        'Cut the path at its first link. A permission: note (Get-Acl "AD:\\<DN>").Sddl of the object, then remove '
        "the entry named (AD Users and Computers, Advanced Features, Security, Advanced). A membership: "
        "Remove-ADGroupMember GROUP -Members ACCOUNT. Effect: what its holder did with that right ends; test the "
        "application concerned, then run the audit again to see the remaining paths. To go back: put the noted entry "
        "back, or Add-ADGroupMember.",
    ),
    severity=Severity.CRITICAL,
    refs=refs(
        "anssi-ad:vuln_privileged_members_perm@1",
        "pingcastle:P-ControlPathIndirectEveryone",
        "attack:T1098",
        "attack:T1222.001",
    ),
    check=check,
    reads=("domain",),
)
