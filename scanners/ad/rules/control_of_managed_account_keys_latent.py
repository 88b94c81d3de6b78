"""KDS root keys never expire: a forgotten right on them gives managed passwords of tomorrow.

CERT-FR, vuln_permissions_gmsa_keys at level 2: the permissions that level 1 leaves out for their prerequisite.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.sensitive import LATENT_MESSAGE, LATENT_REMEDIATION, who_controls_managed_keys
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever controls it under a condition, the others being at level 1."""
    return who_controls_managed_keys(facts, level=2)


RULE = Rule(
    id="ad.control_of_managed_account_keys_latent",
    title=Text(
        "Droits latents sur les clés KDS",
        "Latent rights on KDS keys",
    ),
    message=LATENT_MESSAGE,
    remediation=LATENT_REMEDIATION,
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_permissions_gmsa_keys@2", "attack:T1555"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
