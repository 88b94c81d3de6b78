"""Rights on containers of settings that nobody uses yet are used the day an account is enabled again.

CERT-FR, warning_permissions_specific_containers at level 2: containers of settings without a point of their own.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.sensitive import LATENT_MESSAGE, LATENT_REMEDIATION, who_controls_containers
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls one, under a condition."""
    return who_controls_containers(facts, level=2)


RULE = Rule(
    id="ad.control_of_sensitive_containers_latent",
    title=Text(
        "Droits latents sur un conteneur sensible",
        "Latent rights on a sensitive container",
    ),
    message=LATENT_MESSAGE,
    remediation=LATENT_REMEDIATION,
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:warning_permissions_specific_containers@2", "attack:T1222.001"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
