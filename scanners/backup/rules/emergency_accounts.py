"""A default or shared administrator of the backup product leaves no trace of who erased what.

PGSSI-S 7.4.5.4: named accounts; the product's own administrator is not a default one, its secret lies in a vault and
serves in emergencies only.
"""

from __future__ import annotations

from scanners.backup.declared import said_yes
from scanners.backup.facts import BackupFacts
from scanners.model import Kind, Rule, Severity, Text, Verdict, refs


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when the answer is no."""
    return said_yes(facts, "emergency_accounts")


RULE = Rule(
    id="backup.emergency_accounts",
    title=Text("Compte d’administration de secours mal gardé", "Emergency administrator badly kept"),
    message=Text(
        "{subject} déclare des comptes partagés ou un compte d’administration par défaut sur la sauvegarde "
        "(réponse du {date}).",
        "{subject} declares shared accounts or a default administrator on the backup product (answered {date}).",
    ),
    remediation=Text(
        "Créez des comptes nominatifs, changez le secret du compte d’origine, mettez-le au coffre et alertez à "
        "chaque usage.",
        "Create named accounts, change the secret of the built-in one, put it in a vault and alert on every use.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-21", "pgssi-s:7.4.5.4"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
