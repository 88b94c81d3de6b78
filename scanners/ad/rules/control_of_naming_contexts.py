"""Who controls the head of a partition controls all that it holds.

CERT-FR, vuln_permissions_naming_context: heads of the domain and of the configuration; the schema and replication
rights have their own rules.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.sensitive import CONTROL_REMEDIATION, who_controls_heads
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls it, directly or through others, with no major prerequisite."""
    return who_controls_heads(facts, level=1)


RULE = Rule(
    id="ad.control_of_naming_contexts",
    title=Text(
        "Droits dangereux sur la racine d’une partition",
        "Dangerous rights on the head of a partition",
    ),
    message=Text(
        "{subject} peut prendre le contrôle de {target} : {path}",
        "{subject} can take control of {target}: {path}",
    ),
    remediation=CONTROL_REMEDIATION,
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_permissions_naming_context@1", "pingcastle:P-ExchangePrivEsc", "attack:T1222.001"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
