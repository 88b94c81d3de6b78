"""dSHeuristics switches protections of the whole forest off with one character.

CERT-FR, vuln_dsheuristics_bad at level 2; positions are those of MS-ADTS 6.1.1.2.4.1.2.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.heuristics import REMEDIATION, judge_switches
from scanners.model import Rule, Severity, Text, Verdict, refs

SWITCHES = (
    ("fLDAPBlockAnonOps", 7, "2", True),
    ("DoNotVerifyUPNAndOrSPNUniqueness", 21, "0", False),
    ("AttributeAuthorizationOnLDAPAdd", 28, "2", True),
    ("BlockOwnerImplicitRights", 29, "2", True),
    ("DisableConfidentialAttributeEncryptionRequirements", 31, "0", False),
)


def check(facts: DirectoryFacts) -> Verdict:
    """The settings of the directory service."""
    return judge_switches(facts, SWITCHES)


RULE = Rule(
    id="ad.ds_heuristics_weak",
    title=Text(
        "dSHeuristics : réglages affaiblis",
        "dSHeuristics: weakened settings",
    ),
    message=Text(
        "Dans {subject}, dSHeuristics règle {settings}.",
        "In {subject}, dSHeuristics sets {settings}.",
    ),
    remediation=REMEDIATION,
    severity=Severity.HIGH,
    refs=refs(
        "anssi-ad:vuln_dsheuristics_bad@2",
        "pingcastle:A-DsHeuristicsAnonymous",
        "pingcastle:A-DsHeuristicsDoNotVerifyUniqueness",
        "pingcastle:A-DsHeuristicsLDAPSecurity",
    ),
    check=check,
    reads=("configuration",),
)
