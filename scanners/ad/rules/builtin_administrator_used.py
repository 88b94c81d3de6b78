"""The built-in administrator belongs to nobody: used every day, it says nothing of who did what.

ANSSI warning_rid500: used less than 30 days ago; it does not move the level. lastLogonTimestamp may be up to 14 days
behind.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.columns import MISSING
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

RECENT_DAYS = 30


def check(facts: DirectoryFacts) -> Verdict:
    """The account whose RID is 500. It never logged on when it says nothing but its flags."""
    row = facts.row_of_rid(sids.RID_ADMINISTRATOR)
    days = facts.days_since("lastLogonTimestamp")
    return verdict(
        facts,
        facts.mask([row] if row >= 0 else []),
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
        "Trouvez ce qui s’en sert (événements 4624 et 4776 des contrôleurs : machine et heure), donnez à "
        "chaque personne un compte d’administration nominatif et à chaque service un gMSA, puis changez le "
        "mot de passe et gardez-le sous enveloppe. Effet : tâches et services qui tournaient sous ce compte "
        "échouent ; relevez-les avant. Pour revenir : le mot de passe sous enveloppe.",
        "Find out what uses it (events 4624 and 4776 of the controllers: machine and time), give each person "
        "an administration account of their own and each service a gMSA, then change the password and keep it "
        "in a sealed envelope. Effect: tasks and services that ran under it fail; list them first. To go "
        "back: the password in the envelope.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:warning_rid500@1", "pingcastle:P-AdminLogin", "attack:T1078.002"),
    check=check,
    reads=("domain",),
)
