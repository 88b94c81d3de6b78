"""What an empty group may do at the head of a partition, its next member will do.

CERT-FR, vuln_permissions_naming_context at level 2: the permissions that level 1 leaves out for their prerequisite.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.sensitive import LATENT_MESSAGE, LATENT_REMEDIATION, who_controls_heads
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever controls it under a condition, the others being at level 1."""
    return who_controls_heads(facts, level=2)


RULE = Rule(
    id="ad.control_of_naming_contexts_latent",
    title=Text(
        "Droits latents sur la racine d’une partition",
        "Latent rights on the head of a partition",
    ),
    message=LATENT_MESSAGE,
    remediation=LATENT_REMEDIATION,
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_permissions_naming_context@2", "pingcastle:P-ExchangePrivEsc", "attack:T1222.001"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
