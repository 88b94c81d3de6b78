"""Who controls the backup keys of DPAPI reads the secrets that every user stored.

CERT-FR, vuln_permissions_dpapi: the secrets of CN=System. An ordinary account often cannot read their permissions.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.sensitive import CONTROL_REMEDIATION, who_controls_dpapi_keys
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls it, directly or through others, with no major prerequisite."""
    return who_controls_dpapi_keys(facts, level=1)


RULE = Rule(
    id="ad.control_of_dpapi_keys",
    title=Text(
        "Droits dangereux sur les clés DPAPI",
        "Dangerous rights on DPAPI keys",
    ),
    message=Text(
        "{subject} peut prendre le contrôle de {target} : {path}",
        "{subject} can take control of {target}: {path}",
    ),
    remediation=CONTROL_REMEDIATION,
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_permissions_dpapi@1", "attack:T1555"),
    check=check,
    reads=("domain",),
)
