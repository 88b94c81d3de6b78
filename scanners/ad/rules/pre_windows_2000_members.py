"""This group reads much of every account; only Authenticated Users is there by default.

CERT-FR, vuln_compatible_2000_not_default.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import group_row, members_verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

EXPECTED = frozenset({sids.AUTHENTICATED_USERS})


def check(facts: DirectoryFacts) -> Verdict:
    """Members of Pre-Windows 2000 Compatible Access."""
    return members_verdict(facts, group_row(facts, sids.PRE_WINDOWS_2000), EXPECTED)


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
        "Retirez ce membre après avoir vérifié l’application qui l’a demandé ; à terme, videz le groupe.",
        "Remove that member after checking the application that asked for it; in time, empty the group.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_compatible_2000_not_default@3", "pingcastle:A-PreWin2000Other", "attack:T1087.002"),
    check=check,
    reads=("domain",),
)
