"""Who controls the replication of SYSVOL can deliver a policy of his own to every controller.

CERT-FR, vuln_permissions_dfsr_sysvol: CN=DFSR-GlobalSettings and what it holds.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.sensitive import CONTROL_REMEDIATION, who_controls_replication
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls it, directly or through others, with no major prerequisite."""
    return who_controls_replication(facts, level=1)


RULE = Rule(
    id="ad.control_of_sysvol_replication",
    title=Text(
        "Droits dangereux sur la réplication de SYSVOL",
        "Dangerous rights on SYSVOL replication",
    ),
    message=Text(
        "{subject} peut prendre le contrôle de {target} : {path}",
        "{subject} can take control of {target}: {path}",
    ),
    remediation=CONTROL_REMEDIATION,
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_permissions_dfsr_sysvol@1", "attack:T1484.001"),
    check=check,
    reads=("domain",),
)
