"""The permissions of AdminSDHolder are copied every hour on every privileged account.

CERT-FR, vuln_permissions_adminsdholder.
"""

from __future__ import annotations

from scanners.ad.control_paths.control import who_controls
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.sensitive import CONTROL_REMEDIATION, admin_sd_holder
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls it, directly or through others, with no major prerequisite."""
    return who_controls(facts, admin_sd_holder(facts), level=1)


RULE = Rule(
    id="ad.control_of_admin_sd_holder",
    title=Text(
        "Droits dangereux sur AdminSDHolder",
        "Dangerous rights on AdminSDHolder",
    ),
    message=Text(
        "{subject} peut prendre le contrôle de {target} : {path}",
        "{subject} can take control of {target}: {path}",
    ),
    remediation=CONTROL_REMEDIATION,
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_permissions_adminsdholder@1", "pingcastle:P-ExchangeAdminSDHolder", "attack:T1222.001"),
    check=check,
    reads=("domain",),
)
