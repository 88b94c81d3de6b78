"""The longer a privileged password lives, the more copies of it exist.

ANSSI: 3 years at most (CERT-FR, vuln_password_change_priv).
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import older
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_DAYS = 3 * 365


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled privileged accounts, the built-in administrator included."""
    return older(facts, facts.privileged_users & facts.enabled, "pwdLastSet", MAX_DAYS)


RULE = Rule(
    id="ad.privileged_password_age",
    title=Text(
        "Mot de passe privilégié ancien",
        "Old privileged password",
    ),
    message=Text(
        "Le mot de passe du compte privilégié {subject} date du {date} ({days} jours, {max_days} au plus).",
        "The password of the privileged account {subject} dates from {date} ({days} days, {max_days} at most).",
    ),
    remediation=Text(
        "Changez le mot de passe (14 caractères ou plus) après avoir relevé les services et tâches qui s’en "
        "servent ; remplacez les comptes de service par des gMSA.",
        "Change the password (14 characters or more) after listing the services and tasks that use it; replace "
        "service accounts by gMSA.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_password_change_priv@1", "pingcastle:P-AdminPwdTooOld", "attack:T1078.002"),
    check=check,
    reads=("domain",),
)
