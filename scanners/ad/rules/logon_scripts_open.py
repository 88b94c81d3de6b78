"""A logon script that everybody can modify runs anybody’s code in everybody’s session."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import OPEN_FILES_REMEDIATION, open_files
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """All that is in the scripts folder (NETLOGON)."""
    return open_files(facts, lambda path: path.lower().startswith("scripts"))


RULE = Rule(
    id="ad.logon_scripts_open",
    title=Text(
        "Scripts d’ouverture de session modifiables par tous",
        "Logon scripts that everybody can modify",
    ),
    message=Text(
        "{subject} peut être modifié par {permissions}.",
        "{subject} can be modified by {permissions}.",
    ),
    remediation=OPEN_FILES_REMEDIATION,
    severity=Severity.CRITICAL,
    refs=refs("pingcastle:P-DelegationLoginScript", "attack:T1037.001"),
    check=check,
    reads=("domain", "sysvol"),
)
