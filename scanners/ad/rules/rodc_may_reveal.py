"""A read-only controller, the least guarded of all, copies the secrets of whoever its lists allow, nested or not.

Allowed by msDS-RevealOnDemandGroup, not refused by msDS-NeverRevealGroup, members counted; the groups that are listed
themselves have their own rule (CERT-FR, vuln_rodc_reveal).
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.columns import Mask, TextColumn
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

_MOST_NAMES = 20


def check(facts: DirectoryFacts) -> Verdict:
    """Read-only controllers. Each is given a list when it is made: one that shows none hides it."""
    read_only = facts.controllers & (facts.objects.ints("primaryGroupID") == sids.RID_READ_ONLY_CONTROLLERS)
    sensitive = facts.tier_zero & facts.accounts & facts.enabled
    lists = facts.objects.texts("msDS-RevealOnDemandGroup")
    exposed = {
        row: [facts.subject(found) for found in (sensitive & _revealable(facts, row)).nonzero()[0].tolist()]
        for row in read_only.nonzero()[0].tolist()
        if row in lists
    }
    return verdict(
        facts,
        read_only,
        facts.mask(row for row, found in exposed.items() if found),
        lambda row: {"revealed": ", ".join(exposed[row][:_MOST_NAMES]), "count": len(exposed[row])},
        ~facts.having("msDS-RevealOnDemandGroup") | facts.mask(_naming_unseen(facts, lists)),
    )


def _naming_unseen(facts: DirectoryFacts, lists: TextColumn) -> list[int]:
    """Controllers whose list names something that was not read."""
    seen = facts.objects.row_by_dn
    return [row for row, names in lists.items() if any(dn.lower() not in seen for dn in names)]


def _revealable(facts: DirectoryFacts, controller: int) -> Mask:
    """Whose secret this controller may hold."""
    return _listed(facts, "msDS-RevealOnDemandGroup", controller) & ~_listed(facts, "msDS-NeverRevealGroup", controller)


def _listed(facts: DirectoryFacts, attribute: str, controller: int) -> Mask:
    names = facts.objects.texts(attribute).get(controller, ())
    rows = (facts.objects.row_by_dn.get(dn.lower(), -1) for dn in names)
    return facts.members_of(facts.mask(row for row in rows if row >= 0))


RULE = Rule(
    id="ad.rodc_may_reveal",
    title=Text(
        "Compte privilégié dont un RODC peut copier le secret",
        "Privileged account whose secret an RODC may copy",
    ),
    message=Text(
        "{subject} peut recevoir le secret de {count} compte(s) sensible(s) : {revealed}.",
        "{subject} may receive the secret of {count} sensitive account(s): {revealed}.",
    ),
    remediation=Text(
        "Ajoutez ces comptes, ou leur groupe, au groupe refusé de la stratégie de réplication de mot de passe "
        "(propriétés du contrôleur, onglet Stratégie de réplication de mot de passe), ou sortez-les du groupe "
        "autorisé : Remove-ADDomainControllerPasswordReplicationPolicy -Identity CONTROLEUR -AllowedList GROUPE. Si "
        "un secret a déjà été copié (onglet Avancé), changez-le. Les personnes concernées ne pourront plus ouvrir de "
        "session sur ce site quand le lien est coupé ; Add-ADDomainControllerPasswordReplicationPolicy revient en "
        "arrière.",
        "Add these accounts, or their group, to the denied list of the password replication policy (properties of "
        "the controller, Password Replication Policy tab), or take them out of the allowed group: "
        "Remove-ADDomainControllerPasswordReplicationPolicy -Identity CONTROLLER -AllowedList GROUP. If a secret was "
        "already copied (Advanced tab), change it. The people concerned can no longer log on at that site when the "
        "link is down; Add-ADDomainControllerPasswordReplicationPolicy goes back.",
    ),
    severity=Severity.HIGH,
    refs=refs("attack:T1003"),
    check=check,
    reads=("domain",),
)
