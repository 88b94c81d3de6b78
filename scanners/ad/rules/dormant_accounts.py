"""Forgotten accounts keep old passwords and nobody notices their use.

ANSSI: at most 25 % of enabled accounts whose password is more than 3 years old and that did not log on for a year, or
never did although created more than a year ago (CERT-FR, vuln_user_accounts_dormant), users and machines together.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.dormancy import MAX_PERCENT, judge_share, share
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled accounts, as one ratio."""
    count, total = share(facts)
    return judge_share(facts, count * 100 > total * MAX_PERCENT)


RULE = Rule(
    id="ad.dormant_accounts",
    title=Text(
        "Trop de comptes dormants",
        "Too many dormant accounts",
    ),
    message=Text(
        "Dans {subject}, {accounts} comptes actifs sur {total} sont dormants (au plus {max_percent} %).",
        "In {subject}, {accounts} of {total} enabled accounts are dormant (at most {max_percent} %).",
    ),
    remediation=Text(
        "Listez-les (Search-ADAccount -AccountInactive -TimeSpan 365.00:00:00 | Where-Object Enabled), croisez avec "
        "les ressources humaines (internes, vacataires, congés longs), puis désactivez par lots : Disable-ADAccount "
        "COMPTE. Effet : la personne, le service ou la machine n’ouvre plus de session. Supprimez après trois mois "
        "(Remove-ADUser, Remove-ADComputer), Corbeille activée. Retour : Enable-ADAccount COMPTE, ou "
        "Restore-ADObject.",
        "List them (Search-ADAccount -AccountInactive -TimeSpan 365.00:00:00 | Where-Object Enabled), compare with "
        "human resources (residents, temporary staff, long leaves), then disable in batches: Disable-ADAccount "
        "ACCOUNT. Effect: the person, the service or the machine no longer logs on. Delete after three months "
        "(Remove-ADUser, Remove-ADComputer), with the Recycle Bin enabled. To go back: Enable-ADAccount ACCOUNT, or "
        "Restore-ADObject.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_user_accounts_dormant@1", "pingcastle:S-Inactive", "attack:T1078.002"),
    check=check,
    reads=("domain",),
    whole=True,
)
