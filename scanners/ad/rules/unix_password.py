"""A password kept in a Unix attribute is often readable by every account, sometimes in clear.

PingCastle A-UnixPwd. Only the presence of unixUserPassword or userPassword is asked for, never a value. Where the
schema keeps unixUserPassword confidential, as Windows does, an ordinary account does not see its presence either.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import NotAssessable, Rule, Severity, Text, Verdict, refs

_ATTRIBUTE = "unixUserPassword"
_CONFIDENTIAL = 0x80


def check(facts: DirectoryFacts) -> Verdict:
    """Accounts of people, services and machines."""
    held = facts.accounts & (facts.objects.ints("unixPassword") == 1)
    if not held.any() and _hidden(facts):
        raise NotAssessable(
            "Le schéma garde unixUserPassword confidentiel : sa présence n’est visible que d’un compte qui a le droit "
            "de le lire ; cherchez (unixUserPassword=*) avec un compte d’administration.",
            "The schema keeps unixUserPassword confidential: its presence only shows to an account that may read it; "
            "search for (unixUserPassword=*) with an administration account.",
        )
    return verdict(facts, facts.accounts, held)


def _hidden(facts: DirectoryFacts) -> bool:
    flagged = facts.flag(_CONFIDENTIAL, "searchFlags") & facts.objects.of(Kind.ATTRIBUTE)
    return any(facts.objects.text("lDAPDisplayName", row) == _ATTRIBUTE for row in np.flatnonzero(flagged).tolist())


RULE = Rule(
    id="ad.unix_password",
    title=Text(
        "Mot de passe dans un attribut Unix",
        "Password in a Unix attribute",
    ),
    message=Text(
        "{subject} garde un mot de passe dans un attribut Unix (unixUserPassword ou userPassword).",
        "{subject} keeps a password in a Unix attribute (unixUserPassword or userPassword).",
    ),
    remediation=Text(
        "Cherchez l’application qui l’écrit (services pour Unix, imprimante, ancien portail). Puis videz "
        "l’attribut (Set-ADUser COMPTE -Clear unixUserPassword,userPassword) et changez le mot de passe de la "
        "personne. Effet : une machine Unix qui s’en servait n’ouvre plus de session ; reliez-la par "
        "Kerberos. La valeur ne se remet pas : faites-la réécrire par l’application.",
        "Look for the application that writes it (services for Unix, printer, former portal). Then empty the "
        "attribute (Set-ADUser ACCOUNT -Clear unixUserPassword,userPassword) and change the person’s "
        "password. Effect: a Unix machine that used it no longer opens sessions; join it by Kerberos. The "
        "value cannot be put back: have the application write it again.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:A-UnixPwd", "attack:T1552"),
    check=check,
    reads=(
        "domain",
        "schema",
    ),
)
