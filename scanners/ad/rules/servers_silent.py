"""A server account that nobody uses is a way in that nobody watches.

ANSSI: 90 days at most (CERT-FR, vuln_password_change_inactive_servers).
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import silent
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_DAYS = 90


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled servers other than controllers."""
    return silent(facts, facts.servers & facts.enabled, MAX_DAYS)


RULE = Rule(
    id="ad.servers_silent",
    title=Text(
        "Serveur muet",
        "Silent server",
    ),
    message=Text(
        "{subject} ne s’est pas authentifié depuis {days} jours (au plus {max_days}).",
        "{subject} has not authenticated for {days} days (at most {max_days}).",
    ),
    remediation=Text(
        "Vérifiez avec l’exploitation que le serveur n’existe plus, désactivez son compte, puis supprimez-le "
        "après un mois.",
        "Check with operations that the server no longer exists, disable its account, then delete it after a month.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_password_change_inactive_servers@3", "pingcastle:S-C-Inactive"),
    check=check,
    reads=("domain",),
)
