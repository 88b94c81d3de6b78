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
        "Vérifiez avec l’exploitation que le serveur n’existe plus (Test-Connection NOM), puis : Disable-ADAccount "
        "'NOM$', et Remove-ADComputer NOM après un mois, la corbeille AD étant active. Effet : s’il vit encore, plus "
        "personne ne s’y connecte avec un compte du domaine. Retour : Enable-ADAccount 'NOM$', ou Restore-ADObject.",
        "Check with operations that the server no longer exists (Test-Connection NAME), then: Disable-ADAccount "
        "'NAME$', and Remove-ADComputer NAME after a month, with the AD recycle bin enabled. Effect: if it still "
        "lives, nobody logs on to it with a domain account. Back: Enable-ADAccount 'NAME$', or Restore-ADObject.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_password_change_inactive_servers@3", "pingcastle:S-C-Inactive"),
    check=check,
    reads=("domain",),
)
