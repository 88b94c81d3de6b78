"""Rights on the schema are granted for a day of installation, and left to groups emptied since.

CERT-FR, vuln_permissions_schema at level 2: the permissions that level 1 leaves out for their prerequisite.
"""

from __future__ import annotations

from scanners.ad.control_paths.control import who_controls
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.sensitive import LATENT_MESSAGE, LATENT_REMEDIATION, schema
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever controls it under a condition, the others being at level 1."""
    return who_controls(facts, schema(facts), level=2)


RULE = Rule(
    id="ad.control_of_schema_latent",
    title=Text(
        "Droits latents sur le schéma",
        "Latent rights on the schema",
    ),
    message=LATENT_MESSAGE,
    remediation=LATENT_REMEDIATION,
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_permissions_schema@2", "attack:T1222.001"),
    check=check,
    reads=(
        "domain",
        "schema",
    ),
)
