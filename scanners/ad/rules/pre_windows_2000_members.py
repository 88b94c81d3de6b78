"""This group reads much of every account; only Authenticated Users is there by default.

CERT-FR, vuln_compatible_2000_not_default.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import members_verdict, row_of_all
from scanners.model import Rule, Severity, Text, Verdict, refs

EXPECTED = frozenset({sids.AUTHENTICATED_USERS})


def check(facts: DirectoryFacts) -> Verdict:
    """Members of Pre-Windows 2000 Compatible Access."""
    return members_verdict(facts, row_of_all(facts, sids.PRE_WINDOWS_2000), EXPECTED)


RULE = Rule(
    id="ad.pre_windows_2000_members",
    title=Text(
        "Membre inattendu de l’accès pré-Windows 2000",
        "Unexpected member of pre-Windows 2000 access",
    ),
    message=Text(
        "{subject} est membre de {group}.",
        "{subject} is a member of {group}.",
    ),
    remediation=Text(
        "Vérifiez l’application qui l’a demandé, puis : Set-ADGroup S-1-5-32-554 -Remove @{member='<DN du membre>'} "
        "; à terme, videz le groupe. Effet : une application ancienne peut ne plus lire les groupes des "
        "utilisateurs. Retour : la même commande avec -Add.",
        "Check the application that asked for it, then: Set-ADGroup S-1-5-32-554 -Remove @{member='<DN of the "
        "member>'}; in time, empty the group. Effect: an old application may no longer read the groups of users. "
        "Back: the same command with -Add.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_compatible_2000_not_default@3", "pingcastle:A-PreWin2000Other", "attack:T1087.002"),
    check=check,
    reads=("domain",),
)
