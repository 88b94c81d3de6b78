"""Whoever can change a logon script runs what they want as the person who logs on: here, an administrator.

ANSSI warning_logonscript_priv: no scriptPath on a privileged account. It does not move the level.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Privileged accounts, enabled or not."""
    scripts = facts.objects.texts("scriptPath")
    return verdict(facts, facts.privileged_users, facts.having("scriptPath"), lambda row: {"script": scripts[row][0]})


RULE = Rule(
    id="ad.privileged_logon_script",
    title=Text(
        "Script d’ouverture de session sur un compte privilégié",
        "Logon script on a privileged account",
    ),
    message=Text(
        "À chaque ouverture de session de {subject}, le script {script} s’exécute avec ses privilèges.",
        "At each logon of {subject}, the script {script} runs with its privileges.",
    ),
    remediation=Text(
        "Retirez le script du compte (console Utilisateurs et ordinateurs AD, onglet Profil ; ou Set-ADUser "
        "COMPTE -Clear scriptPath) ; les lecteurs réseau qu’il montait ne le seront plus pour ce compte "
        "d’administration. Vérifiez aussi qui peut écrire dans le dossier NETLOGON. Pour revenir : Set-ADUser "
        "COMPTE -ScriptPath nom.cmd.",
        "Remove the script from the account (Active Directory Users and Computers, Profile tab; or Set-ADUser "
        "ACCOUNT -Clear scriptPath); the network drives it mounted will not be mounted for that "
        "administration account. Check also who may write in the NETLOGON folder. To go back: Set-ADUser "
        "ACCOUNT -ScriptPath name.cmd.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:warning_logonscript_priv@2", "attack:T1037.003"),
    check=check,
    reads=("domain",),
)
