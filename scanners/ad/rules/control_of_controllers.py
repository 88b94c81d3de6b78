"""Who controls the account of a controller can act as the controller.

CERT-FR, vuln_permissions_dc.
"""

from __future__ import annotations

from scanners.ad.control_paths.control import who_controls
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.sensitive import CONTROL_REMEDIATION
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls it, directly or through others, with no major prerequisite."""
    return who_controls(facts, facts.controllers, level=1)


RULE = Rule(
    id="ad.control_of_controllers",
    title=Text(
        "Droits dangereux sur un contrôleur de domaine",
        "Dangerous rights on a domain controller",
    ),
    message=Text(
        "{subject} peut prendre le contrôle de {target} : {path}",
        "{subject} can take control of {target}: {path}",
    ),
    remediation=CONTROL_REMEDIATION,
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_permissions_dc@1", "attack:T1222.001"),
    check=check,
    reads=("domain",),
)
