"""Thanks to this group any account reads most attributes of all the others, as Windows installs it.

PingCastle, A-PreWin2000AuthenticatedUsers. CERT-FR accepts it as the default: the ANSSI level does not move.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import row_of_all, verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Members of Pre-Windows 2000 Compatible Access."""
    group = row_of_all(facts, sids.PRE_WINDOWS_2000)
    members = facts.direct_members(group).tolist()
    everybody = [row for row in members if facts.objects.sid(row) == sids.AUTHENTICATED_USERS]
    return verdict(facts, facts.mask(members), facts.mask(everybody), lambda _row: {"group": facts.subject(group)})


RULE = Rule(
    id="ad.pre_windows_2000_authenticated",
    title=Text(
        "Accès pré-Windows 2000 ouvert à tous les comptes",
        "Pre-Windows 2000 access open to all accounts",
    ),
    message=Text(
        "{group} contient les Utilisateurs authentifiés : tout compte lit les attributs de tous.",
        "{group} contains Authenticated Users: any account reads the attributes of all.",
    ),
    remediation=Text(
        "Retirez-les du groupe après un essai : des applications qui lisent l’annuaire (messagerie, badges, VPN) "
        "perdent des attributs ; remettez-les pour revenir. Avant cela, donnez au compte d’audit de CaRE la lecture "
        'de toutes les propriétés (dsacls "<domaine>" /I:T /G <compte>:RP), sans quoi beaucoup de points deviennent '
        "non évaluables.",
        "Remove them from the group after a trial: applications that read the directory (mail, badges, VPN) lose "
        "attributes; put them back to go back. Before that, give CaRE’s audit account the reading of all properties "
        '(dsacls "<domain>" /I:T /G <account>:RP), or many points can no longer be assessed.',
    ),
    severity=Severity.INFO,
    refs=refs("pingcastle:A-PreWin2000AuthenticatedUsers", "attack:T1087.002"),
    check=check,
    reads=("domain",),
)
