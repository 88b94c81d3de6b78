"""Who controls the KDS root keys computes the password of every managed service account.

CERT-FR, vuln_permissions_gmsa_keys: CN=Master Root Keys and the keys below.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.sensitive import CONTROL_REMEDIATION, who_controls_managed_keys
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls it, directly or through others, with no major prerequisite."""
    return who_controls_managed_keys(facts, level=1)


RULE = Rule(
    id="ad.control_of_managed_account_keys",
    title=Text(
        "Droits dangereux sur les clés KDS",
        "Dangerous rights on KDS keys",
    ),
    message=Text(
        "{subject} peut prendre le contrôle de {target} : {path}",
        "{subject} can take control of {target}: {path}",
    ),
    remediation=CONTROL_REMEDIATION,
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_permissions_gmsa_keys@1", "attack:T1555"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
