"""A policy that everybody can modify runs anybody’s code on every machine it applies to."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import OPEN_FILES_REMEDIATION, open_files
from scanners.ad.sysvol import policy_of
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """All that is in the folders of the policies."""
    return open_files(facts, lambda path: bool(policy_of(path)))


RULE = Rule(
    id="ad.policy_files_open",
    title=Text(
        "Fichiers de stratégie modifiables par tous",
        "Policy files that everybody can modify",
    ),
    message=Text(
        "{subject} peut être modifié par {permissions}.",
        "{subject} can be modified by {permissions}.",
    ),
    remediation=OPEN_FILES_REMEDIATION,
    severity=Severity.CRITICAL,
    refs=refs("pingcastle:P-DelegationGPOData", "attack:T1484.001"),
    check=check,
    reads=("domain", "sysvol"),
)
