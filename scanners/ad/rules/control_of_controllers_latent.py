"""Control of a controller by a right that waits for its condition is the way back of an intruder.

CERT-FR, vuln_permissions_dc at level 2: the permissions that level 1 leaves out for their prerequisite.
"""

from __future__ import annotations

from scanners.ad.control_paths.control import who_controls
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.sensitive import LATENT_MESSAGE, LATENT_REMEDIATION
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever controls it under a condition, the others being at level 1."""
    return who_controls(facts, facts.controllers, level=2)


RULE = Rule(
    id="ad.control_of_controllers_latent",
    title=Text(
        "Droits latents sur un contrôleur de domaine",
        "Latent rights on a domain controller",
    ),
    message=LATENT_MESSAGE,
    remediation=LATENT_REMEDIATION,
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_permissions_dc@2", "attack:T1222.001"),
    check=check,
    reads=("domain",),
)
