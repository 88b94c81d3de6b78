"""AdminSDHolder closes privileged accounts and groups to ordinary delegations; one that escapes it can be taken over.

ANSSI warning_privileged_members_no_adminsdholder: permissions inherited, or rights that AdminSDHolder does not give
(SELF, Enterprise Domain Controllers and Send-To are harmless). A group nested in a privileged group must moreover hold
no group. It does not move the level.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.columns import Kind, Mask
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.protection import added_rights, inherits
from scanners.model import Rule, Severity, Text, Verdict, refs

MOST_NAMES = 10


def check(facts: DirectoryFacts) -> Verdict:
    """Privileged groups, the groups nested in them, and their members that are users or managed accounts."""
    kinds = facts.objects.of(Kind.USER, Kind.GROUP, Kind.GMSA, Kind.SMSA, Kind.DMSA)
    population = facts.privileged & kinds
    added = added_rights(facts, population)
    open_ones = facts.mask(row for row, more in added.items() if more or inherits(facts, row))
    nested = _holding_groups(facts) & ~facts.privileged_groups
    return verdict(
        facts,
        population,
        open_ones | nested,
        lambda row: {
            "inherits": row in added and inherits(facts, row),
            "added": len(added.get(row, ())),
            "added_rights": ", ".join(map(facts.name_of, added.get(row, ())[:MOST_NAMES])),
            "holds_groups": bool(nested[row]),
        },
        facts.objects.descriptor < 0,
    )


def _holding_groups(facts: DirectoryFacts) -> Mask:
    """Groups that have a group for a direct member."""
    parents, children = facts.membership
    return facts.mask(np.unique(parents[facts.objects.of(Kind.GROUP)[children]]).tolist())


RULE = Rule(
    id="ad.privileged_unprotected",
    title=Text(
        "Compte ou groupe privilégié que AdminSDHolder ne protège pas",
        "Privileged account or group that AdminSDHolder does not protect",
    ),
    message=Text(
        "{subject} est privilégié sans la protection d’AdminSDHolder (hérite de droits : {inherits} ; droits en plus : "
        "{added} ; contient des groupes : {holds_groups}).",
        "{subject} is privileged without the protection of AdminSDHolder (inherits rights: {inherits}; more rights: "
        "{added}; holds groups: {holds_groups}).",
    ),
    remediation=Text(
        "Le contrôleur PDC remet ces droits chaque heure. Si ce n’est pas fait, vérifiez dSHeuristics (16e "
        "caractère : opérateurs exclus) puis lancez la propagation avec ldp.exe (Modify, attribut "
        "runProtectAdminGroupsTask à 1, sur le rootDSE du PDC). Effet : les délégations de l’unité "
        "d’organisation ne s’appliquent plus à ce compte. Placez les membres directement dans le groupe "
        "privilégié plutôt que par des groupes imbriqués. Pour revenir : sortez le compte du groupe, puis "
        'dsacls "DN" /P:N.',
        "The PDC controller restores these permissions every hour. If it does not, check dSHeuristics (16th "
        "character: operators left out), then start the propagation with ldp.exe (Modify, attribute "
        "runProtectAdminGroupsTask set to 1, on the rootDSE of the PDC). Effect: delegations of the "
        "organisational unit no longer apply to that account. Put members straight into the privileged group "
        'rather than through nested groups. To go back: take the account out of the group, then dsacls "DN" '
        "/P:N.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:warning_privileged_members_no_adminsdholder@2", "attack:T1098"),
    check=check,
    reads=("domain",),
)
