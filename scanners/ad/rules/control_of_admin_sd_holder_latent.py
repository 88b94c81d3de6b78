"""The permissions of AdminSDHolder are copied on every privileged account, those that nobody uses yet as well.

CERT-FR, vuln_permissions_adminsdholder at level 2: the permissions that level 1 leaves out for their prerequisite.
"""

from __future__ import annotations

from scanners.ad.control_paths.control import who_controls
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.sensitive import LATENT_MESSAGE, LATENT_REMEDIATION, admin_sd_holder
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever controls it under a condition, the others being at level 1."""
    return who_controls(facts, admin_sd_holder(facts), level=2)


RULE = Rule(
    id="ad.control_of_admin_sd_holder_latent",
    title=Text(
        "Droits latents sur AdminSDHolder",
        "Latent rights on AdminSDHolder",
    ),
    message=LATENT_MESSAGE,
    remediation=LATENT_REMEDIATION,
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_permissions_adminsdholder@2", "pingcastle:P-ExchangeAdminSDHolder", "attack:T1222.001"),
    check=check,
    reads=("domain",),
)
