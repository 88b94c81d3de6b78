"""A right on the replication of SYSVOL that nobody uses yet still delivers a policy to every controller.

CERT-FR, vuln_permissions_dfsr_sysvol at level 2: the permissions that level 1 leaves out for their prerequisite.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.sensitive import LATENT_MESSAGE, LATENT_REMEDIATION, who_controls_replication
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever controls it under a condition, the others being at level 1."""
    return who_controls_replication(facts, level=2)


RULE = Rule(
    id="ad.control_of_sysvol_replication_latent",
    title=Text(
        "Droits latents sur la réplication de SYSVOL",
        "Latent rights on SYSVOL replication",
    ),
    message=LATENT_MESSAGE,
    remediation=LATENT_REMEDIATION,
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_permissions_dfsr_sysvol@2", "attack:T1484.001"),
    check=check,
    reads=("domain",),
)
