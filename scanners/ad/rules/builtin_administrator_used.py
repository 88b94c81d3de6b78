"""The built-in administrator belongs to nobody: used every day, it says nothing of who did what.

ANSSI warning_rid500: used less than 30 days ago; it does not move the level. lastLogonTimestamp may be up to 14 days
behind.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.columns import MISSING
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import row_of_all, verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

RECENT_DAYS = 30


def check(facts: DirectoryFacts) -> Verdict:
    """The account whose RID is 500. It never logged on when it says nothing but its flags."""
    row = row_of_all(facts, f"{facts.naming.sid}-{sids.RID_ADMINISTRATOR}")
    days = facts.days_since("lastLogonTimestamp")
    return verdict(
        facts,
        facts.mask([row]),
        days < RECENT_DAYS,
        lambda row: {"last_logon": facts.iso_date("lastLogonTimestamp", row), "days": int(days[row])},
        facts.objects.ints("pwdLastSet") == MISSING,
    )


RULE = Rule(
    id="ad.builtin_administrator_used",
    title=Text(
        "Administrateur intégré utilisé récemment",
        "Built-in administrator used lately",
    ),
    message=Text(
        "{subject}, compte administrateur intégré, a ouvert une session il y a {days} jours ({last_logon}).",
        "{subject}, the built-in administrator, logged on {days} days ago ({last_logon}).",
    ),
    remediation=Text(
        "Trouvez ce qui s’en sert, sur chaque contrôleur : Get-WinEvent -FilterHashtable "
        "@{LogName='Security';Id=4624,4776} | Where-Object Message -match 'Administrat' (machine et heure). Donnez à "
        "chaque personne un compte d’administration nominatif et à chaque service un gMSA, puis changez le mot de "
        "passe (Set-ADAccountPassword -Identity <SID en -500> -Reset) et gardez-le sous enveloppe. Effet : tâches et "
        "services qui tournaient sous ce compte échouent ; relevez-les avant. Pour revenir : le mot de passe sous "
        "enveloppe.",
        "Find out what uses it, on each controller: Get-WinEvent -FilterHashtable @{LogName='Security';Id=4624,4776} "
        "| Where-Object Message -match 'Administrat' (machine and time). Give each person a nominative "
        "administration account and each service a gMSA, then change the password (Set-ADAccountPassword -Identity "
        "<SID ending with -500> -Reset) and keep it in an envelope. Effect: tasks and services that ran under this "
        "account fail; list them before. To go back: the password in the envelope.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:warning_rid500@1", "pingcastle:P-AdminLogin", "attack:T1078.002"),
    check=check,
    reads=("domain",),
)
