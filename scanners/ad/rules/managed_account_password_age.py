"""Managed service accounts change their password by themselves every 30 days; when they do not, nobody uses them or
the system is broken.

ANSSI: 90 days at most (CERT-FR, vuln_password_change_msa_no_change_90).
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import older
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_DAYS = 90


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled managed service accounts."""
    return older(facts, facts.objects.of(Kind.GMSA, Kind.SMSA) & facts.enabled, "pwdLastSet", MAX_DAYS)


RULE = Rule(
    id="ad.managed_account_password_age",
    title=Text(
        "Secret de compte de service géré ancien",
        "Old secret of a managed service account",
    ),
    message=Text(
        "Le secret de {subject} date du {date} ({days} jours, {max_days} au plus).",
        "The secret of {subject} dates from {date} ({days} days, {max_days} at most).",
    ),
    remediation=Text(
        "Sur le serveur qui l’emploie : Test-ADServiceAccount COMPTE. S’il répond faux, vérifiez qui peut lire le "
        "secret (Get-ADServiceAccount COMPTE -Properties PrincipalsAllowedToRetrieveManagedPassword) et les clés KDS "
        "(Get-KdsRootKey), puis redémarrez le service. Si le compte ne sert plus : Disable-ADAccount, puis "
        "Remove-ADServiceAccount un mois après. Effet : un service qui s’en servait encore s’arrête. Retour : "
        "Enable-ADAccount, ou Restore-ADObject avec la Corbeille.",
        "On the server that uses it: Test-ADServiceAccount ACCOUNT. If it answers false, check who may read the "
        "secret (Get-ADServiceAccount ACCOUNT -Properties PrincipalsAllowedToRetrieveManagedPassword) and the KDS "
        "keys (Get-KdsRootKey), then restart the service. If the account is no longer used: Disable-ADAccount, then "
        "Remove-ADServiceAccount a month later. Effect: a service that still used it stops. To go back: "
        "Enable-ADAccount, or Restore-ADObject with the Recycle Bin.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_password_change_msa_no_change_90@2"),
    check=check,
    reads=("domain",),
)
