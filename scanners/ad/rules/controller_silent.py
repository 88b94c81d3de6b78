"""A controller that no longer logs on is off, isolated or forgotten, with a copy of every secret.

ANSSI: 45 days at most (CERT-FR, vuln_password_change_inactive_dc).
"""

from __future__ import annotations

from scanners.ad.controllers import standing
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import silent
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_DAYS = 45


def check(facts: DirectoryFacts) -> Verdict:
    """All controllers that are machines: that of Entra Kerberos is not."""
    return silent(facts, standing(facts), MAX_DAYS)


RULE = Rule(
    id="ad.controller_silent",
    title=Text(
        "Contrôleur de domaine muet",
        "Silent domain controller",
    ),
    message=Text(
        "{subject} ne s’est pas authentifié depuis {days} jours (au plus {max_days}).",
        "{subject} has not authenticated for {days} days (at most {max_days}).",
    ),
    remediation=Text(
        "Retrouvez la machine : remettez-la en réplication, ou retirez-la proprement (rétrogradation, sinon "
        "ntdsutil) et détruisez ses disques et sauvegardes.",
        "Find the machine: bring it back into replication, or retire it properly (demotion, else ntdsutil) and "
        "destroy its disks and backups.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_password_change_inactive_dc@1", "pingcastle:S-DC-Inactive"),
    check=check,
    reads=("domain",),
)
