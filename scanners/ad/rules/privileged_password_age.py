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
        "Relevez les services et tâches qui s’en servent, sur chaque serveur : Get-CimInstance Win32_Service | "
        "Where-Object StartName -like '*COMPTE*', Get-ScheduledTask | Where-Object { $_.Principal.UserId -like "
        "'*COMPTE*' }. Puis changez le mot de passe (Set-ADAccountPassword COMPTE -Reset, 14 caractères ou plus) et "
        "remplacez les comptes de service par des gMSA. Effet : ce qui garde l’ancien échoue, et peut verrouiller le "
        "compte. Retour : l’ancien mot de passe, gardé au coffre le temps de l’essai, par la même commande.",
        "List the services and tasks that use it, on each server: Get-CimInstance Win32_Service | Where-Object "
        "StartName -like '*ACCOUNT*', Get-ScheduledTask | Where-Object { $_.Principal.UserId -like '*ACCOUNT*' }. "
        "Then change the password (Set-ADAccountPassword ACCOUNT -Reset, 14 characters or more) and replace service "
        "accounts by gMSA. Effect: what keeps the old one fails, and may lock the account. To go back: the old "
        "password, kept in the safe while you try, by the same command.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_password_change_priv@1", "pingcastle:P-AdminPwdTooOld", "attack:T1078.002"),
    check=check,
    reads=("domain",),
)
