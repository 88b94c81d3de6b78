"""dSHeuristics switches protections of the whole forest off with one character.

CERT-FR, vuln_dsheuristics_bad at level 4; positions are those of MS-ADTS 6.1.1.2.4.1.2.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.heuristics import REMEDIATION, judge_switches
from scanners.model import Rule, Severity, Text, Verdict, refs

SWITCHES = (
    ("AttributeAuthorizationOnLDAPAdd", 28, "1", False),
    ("BlockOwnerImplicitRights", 29, "1", False),
)


def check(facts: DirectoryFacts) -> Verdict:
    """The settings of the directory service."""
    return judge_switches(facts, SWITCHES)


RULE = Rule(
    id="ad.ds_heuristics_enforcement",
    title=Text(
        "dSHeuristics : contrôles de 2021 non imposés",
        "dSHeuristics: checks of 2021 not enforced",
    ),
    message=Text(
        "Dans {subject}, dSHeuristics règle {settings}.",
        "In {subject}, dSHeuristics sets {settings}.",
    ),
    remediation=REMEDIATION,
    severity=Severity.LOW,
    refs=refs("anssi-ad:vuln_dsheuristics_bad@4", "pingcastle:A-DsHeuristicsLDAPSecurity"),
    check=check,
    reads=("configuration",),
)
