"""A low functional level keeps old controllers and old protections.

ANSSI: Windows Server 2016 at least for the domain and the forest (CERT-FR, vuln_functional_level at level 4). Values
of msDS-Behavior-Version: 4 is 2008 R2, 6 is 2012 R2, 7 is 2016.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.functional_levels import MESSAGE, REMEDIATION, below
from scanners.model import Rule, Severity, Text, Verdict, refs

REQUIRED = 7


def check(facts: DirectoryFacts) -> Verdict:
    """The levels published by the root of the server."""
    return below(facts, REQUIRED)


RULE = Rule(
    id="ad.functional_level_2016",
    title=Text(
        "Niveau fonctionnel inférieur à 2016",
        "Functional level below 2016",
    ),
    message=MESSAGE,
    remediation=REMEDIATION,
    severity=Severity.LOW,
    refs=refs("anssi-ad:vuln_functional_level@4", "pingcastle:S-FunctionalLevel4"),
    check=check,
    reads=("domain",),
)
