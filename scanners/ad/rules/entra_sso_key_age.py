"""The account AZUREADSSOACC holds the key that signs people in to Microsoft 365: stolen once, it forges the access of
anybody until changed, and nothing changes it by itself.

PingCastle T-AzureADSSO: a year at most; Microsoft advises every 30 days. The account has the same name everywhere.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import older
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_DAYS = 365
NAME = "azureadssoacc$"


def check(facts: DirectoryFacts) -> Verdict:
    """The computer account that stands for Entra seamless sign-on, where it is used."""
    names = facts.objects.texts("sAMAccountName")
    computers = np.flatnonzero(facts.objects.of(Kind.COMPUTER)).tolist()
    accounts = facts.mask(row for row in computers if row in names and names[row][0].lower() == NAME)
    return older(facts, accounts, "pwdLastSet", MAX_DAYS)


RULE = Rule(
    id="ad.entra_sso_key_age",
    title=Text(
        "Clé d’authentification unique Entra ancienne",
        "Old key of Entra seamless sign-on",
    ),
    message=Text(
        "La clé de {subject} date du {date} ({days} jours, {max_days} au plus).",
        "The key of {subject} dates from {date} ({days} days, {max_days} at most).",
    ),
    remediation=Text(
        "Sur le serveur Entra Connect : Import-Module AzureADSSO.psd1, New-AzureADSSOAuthenticationContext, $creds = "
        "Get-Credential (Admin du domaine de la forêt, hors de Protected Users), puis Update-AzureADSSOForest "
        "-OnPremCredentials $creds, une fois par forêt et tous les 30 jours (jamais deux fois de suite : attendez la "
        "durée de vie des tickets, 10 heures). Effet : certains postes redemandent le mot de passe. Si "
        "l’authentification unique ne sert plus (postes joints à Entra), désactivez-la et supprimez le compte. "
        "Retour : une clé ne revient pas ; relancez la commande.",
        "On the Entra Connect server: Import-Module AzureADSSO.psd1, New-AzureADSSOAuthenticationContext, $creds = "
        "Get-Credential (Domain Admin of the forest, not in Protected Users), then Update-AzureADSSOForest "
        "-OnPremCredentials $creds, once per forest and every 30 days (never twice in a row: wait for the lifetime "
        "of tickets, 10 hours). Effect: some workstations ask for the password again. If seamless sign-on is no "
        "longer used (workstations joined to Entra), disable it and delete the account. Back: a key does not come "
        "back; run the command again.",
    ),
    severity=Severity.HIGH,
    refs=refs("pingcastle:T-AzureADSSO", "attack:T1558"),
    check=check,
    reads=("domain",),
)
