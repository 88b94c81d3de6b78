"""Who entered or left a privileged group lately must be known to those who run the directory.

ANSSI info_privileged_members_recent_changes: the last 30 days (our choice), from the replication metadata of the
groups. It does not move the level.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from scanners.ad.facts import DirectoryFacts
from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, judged, refs

RECENT_DAYS = 30
MOST_CHANGES = 20


def check(facts: DirectoryFacts) -> Verdict:
    """The privileged groups."""
    changes = facts.objects.texts("memberChanges")
    groups = np.flatnonzero(facts.privileged_groups).tolist()
    if not any(row in changes for row in groups):
        raise NotAssessable(
            "Le contrôleur ne publie pas l’historique des membres (msDS-ReplValueMetaData), ou le compte d’audit n’a "
            "pas le droit de le lire : un contrôleur Samba ne le connaît pas ; sous Windows, vérifiez avec repadmin "
            '/showobjmeta DC1 "DN du groupe".',
            "The controller does not publish the history of members (msDS-ReplValueMetaData), or the audit account may "
            "not read it: a Samba controller does not know it; on Windows, check with repadmin /showobjmeta DC1 "
            '"DN of the group".',
        )
    return judged(len(groups), (finding for row in groups for finding in _recent(facts, row, changes.get(row, ()))))


def _recent(facts: DirectoryFacts, group: int, changes: tuple[str, ...]) -> Iterator[Finding]:
    since = (facts.collected_at - timedelta(days=RECENT_DAYS)).date().isoformat()
    recent = [change.split("|", 2) for change in changes if change[: len(since)] >= since]
    if recent:
        told = "; ".join(f"{date[:10]} {sign}{_name(facts, dn)}" for date, sign, dn in recent[:MOST_CHANGES])
        yield Finding(
            facts.subject(group), facts.evidence(group, changes=told, count=len(recent), date=recent[0][0][:10])
        )


def _name(facts: DirectoryFacts, dn: str) -> str:
    row = facts.objects.row_by_dn.get(dn.lower(), -1)
    return facts.subject(row) if row >= 0 else dn


RULE = Rule(
    id="ad.privileged_members_changed",
    title=Text(
        "Mouvements récents d’un groupe privilégié",
        "Recent changes of a privileged group",
    ),
    message=Text(
        "{subject} : {count} entrée(s) (+) ou sortie(s) (-) en 30 jours, la dernière le {date} : {changes}.",
        "{subject}: {count} entry(ies) (+) or exit(s) (-) in 30 days, the last on {date}: {changes}.",
    ),
    remediation=Text(
        "Rapprochez chaque mouvement d’une demande écrite. Un mouvement que personne n’a demandé se traite "
        "comme un incident : retirez le membre (Remove-ADGroupMember), cherchez qui l’a ajouté (événements "
        "4728, 4732 et 4756 des contrôleurs). Pour revenir : Add-ADGroupMember.",
        "Match each change with a written request. A change nobody asked for is handled as an incident: "
        "remove the member (Remove-ADGroupMember), find out who added it (events 4728, 4732 and 4756 of the "
        "controllers). To go back: Add-ADGroupMember.",
    ),
    severity=Severity.INFO,
    refs=refs("anssi-ad:info_privileged_members_recent_changes", "attack:T1098"),
    check=check,
    reads=("domain",),
)
