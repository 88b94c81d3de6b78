"""A bind with a name and no password succeeds by default: careless applications then believe that anybody logged on.

PingCastle, A-RootDseAnonBinding: DenyUnauthenticatedBind=1 in msDS-Other-Settings, since Windows Server 2019.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import of_domain
from scanners.model import Rule, Severity, Text, Verdict, refs

WANTED = "denyunauthenticatedbind=1"


def check(facts: DirectoryFacts) -> Verdict:
    """The settings of the directory service."""
    row = facts.row_at(facts.naming.settings_dn)
    settings = facts.objects.texts("msDS-Other-Settings").get(row, ())
    return of_domain(facts, WANTED not in {value.replace(" ", "").lower() for value in settings}, settings=WANTED)


RULE = Rule(
    id="ad.unauthenticated_bind_allowed",
    title=Text(
        "Connexion LDAP sans mot de passe acceptée",
        "LDAP bind without a password accepted",
    ),
    message=Text(
        "{subject} accepte les connexions LDAP qui donnent un nom sans mot de passe.",
        "{subject} accepts LDAP binds that give a name without a password.",
    ),
    remediation=Text(
        "Ajoutez DenyUnauthenticatedBind=1 à l’attribut msDS-Other-Settings (ADSI Edit, Configuration, Services, "
        "Windows NT, Directory Service). Retirez la valeur pour revenir. Une application qui s’arrête alors "
        "validait des connexions sans mot de passe : elle est à corriger.",
        "Add DenyUnauthenticatedBind=1 to the attribute msDS-Other-Settings (ADSI Edit, Configuration, Services, "
        "Windows NT, Directory Service). Remove the value to go back. An application that stops then was accepting "
        "logons without a password: it must be corrected.",
    ),
    severity=Severity.LOW,
    refs=refs("pingcastle:A-RootDseAnonBinding", "attack:T1078"),
    check=check,
    reads=("configuration",),
)
