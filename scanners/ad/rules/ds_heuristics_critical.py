"""dSHeuristics switches protections of the whole forest off with one character.

CERT-FR, vuln_dsheuristics_bad at level 1; positions are those of MS-ADTS 6.1.1.2.4.1.2.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.heuristics import REMEDIATION, judge_switches
from scanners.model import Rule, Severity, Text, Verdict, refs

SWITCHES = (
    ("fAllowAnonNSPI", 8, "0", False),
    ("dwAdminSDExMask", 16, "0", False),
)


def check(facts: DirectoryFacts) -> Verdict:
    """The settings of the directory service."""
    return judge_switches(facts, SWITCHES)


RULE = Rule(
    id="ad.ds_heuristics_critical",
    title=Text(
        "dSHeuristics : protections désactivées",
        "dSHeuristics: protections switched off",
    ),
    message=Text(
        "Dans {subject}, dSHeuristics règle {settings}.",
        "In {subject}, dSHeuristics sets {settings}.",
    ),
    remediation=REMEDIATION,
    severity=Severity.CRITICAL,
    refs=refs(
        "anssi-ad:vuln_dsheuristics_bad@1",
        "pingcastle:A-DsHeuristicsAllowAnonNSPI",
        "pingcastle:P-DsHeuristicsAdminSDExMask",
    ),
    check=check,
    reads=("configuration",),
)
