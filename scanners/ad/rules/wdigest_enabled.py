"""WDigest keeps the password of whoever logged on readable in memory."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import active, one_of, registry, wrong_settings
from scanners.ad.sysvol import Source
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Policies in force."""
    return wrong_settings(facts, active(facts, Source.REGISTRY), registry("uselogoncredential", one_of("1")))


RULE = Rule(
    id="ad.wdigest_enabled",
    title=Text(
        "WDigest réactivé par une stratégie",
        "WDigest enabled again by a policy",
    ),
    message=Text(
        "La stratégie « {policy} » règle {setting}.",
        "The policy “{policy}” sets {setting}.",
    ),
    remediation=Text(
        "Retirez de la stratégie citée la valeur "
        "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\WDigest\\UseLogonCredential, ou "
        "mettez-la à 0 (modèle « MS Security Guide », « WDigest Authentication » : Désactivé), puis "
        "fermez les sessions ouvertes. Effet de bord : un ancien site IIS en authentification Digest "
        "redemandera le mot de passe. Retour : Restore-GPO.",
        "Remove from the policy named the value "
        "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\WDigest\\UseLogonCredential, or set "
        "it to 0 (template “MS Security Guide”, “WDigest Authentication”: Disabled), then close open "
        "sessions. Side effect: an old IIS site with Digest authentication will ask for the password "
        "again. To go back: Restore-GPO.",
    ),
    severity=Severity.HIGH,
    refs=refs("attack:T1003.001"),
    check=check,
    reads=("domain", "sysvol"),
)
