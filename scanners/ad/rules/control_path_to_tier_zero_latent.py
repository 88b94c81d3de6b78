"""A path that starts from a disabled account or an empty group opens the day it is used again.

CERT-FR, vuln_privileged_members_perm at level 2: the permissions that level 1 leaves out for their prerequisite.
"""

from __future__ import annotations

from scanners.ad.control_paths.control import privileged_members, who_controls
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.sensitive import LATENT_MESSAGE, LATENT_REMEDIATION
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever controls it under a condition, the others being at level 1."""
    return who_controls(facts, privileged_members(facts), level=2)


RULE = Rule(
    id="ad.control_path_to_tier_zero_latent",
    title=Text(
        "Chemin latent vers l’administration du domaine",
        "Latent path to domain administration",
    ),
    message=LATENT_MESSAGE,
    remediation=LATENT_REMEDIATION,
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_privileged_members_perm@2", "attack:T1098"),
    check=check,
    reads=("domain",),
)
