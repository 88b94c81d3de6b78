"""The dormant accounts one by one, to be matched with human resources.

ANSSI info_user_accounts_dormant: password of more than 3 years and no logon for a year; it does not move the level.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.dormancy import counted, dormant
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled users and machines."""
    return verdict(
        facts,
        counted(facts),
        dormant(facts),
        lambda row: {
            "last_logon": facts.iso_date("lastLogonTimestamp", row),
            "password_set": facts.iso_date("pwdLastSet", row),
        },
    )


RULE = Rule(
    id="ad.dormant_account",
    title=Text(
        "Compte dormant",
        "Dormant account",
    ),
    message=Text(
        "{subject} ne sert plus : dernière connexion {last_logon:=jamais}, mot de passe : {password_set:=à changer}.",
        "{subject} is no longer used: last logon {last_logon:=never}, password: {password_set:=to be changed}.",
    ),
    remediation=Text(
        "Demandez aux ressources humaines et au service si la personne est présente. Sinon : "
        "Disable-ADAccount COMPTE, retrait de ses groupes, déplacement dans une unité d’organisation de "
        "quarantaine, suppression après trois mois. Effet : la session et la messagerie s’arrêtent. Pour "
        "revenir : Enable-ADAccount et remise dans les groupes notés.",
        "Ask human resources and the ward whether the person is there. If not: Disable-ADAccount ACCOUNT, "
        "removal from its groups, move to a quarantine organisational unit, deletion after three months. "
        "Effect: logon and mail stop. To go back: Enable-ADAccount and back in the groups noted.",
    ),
    severity=Severity.INFO,
    refs=refs("anssi-ad:info_user_accounts_dormant"),
    check=check,
    reads=("domain",),
)
