"""The recovery console then opens an administrator’s session without password to whoever restarts the server."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import active, one_of, registry, wrong_settings
from scanners.ad.sysvol import Source
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Policies in force."""
    return wrong_settings(
        facts, active(facts, Source.REGISTRY), registry("recoveryconsole\\securitylevel", one_of("1"))
    )


RULE = Rule(
    id="ad.recovery_console_open",
    title=Text(
        "Console de récupération sans mot de passe",
        "Recovery console without password",
    ),
    message=Text(
        "La stratégie « {policy} » règle {setting}.",
        "The policy “{policy}” sets {setting}.",
    ),
    remediation=Text(
        "Gestion des stratégies de groupe, modifiez la stratégie citée : Configuration ordinateur, "
        "Stratégies, Paramètres Windows, Paramètres de sécurité, Stratégies locales, Options de "
        "sécurité, « Console de récupération : autoriser l’ouverture de session d’administration "
        "automatique » : Désactivé. Sans effet en marche normale. Sauvegardez d’abord la stratégie "
        "(Backup-GPO) : Restore-GPO revient en arrière.",
        "Group Policy Management, edit the policy named: Computer Configuration, Policies, Windows "
        "Settings, Security Settings, Local Policies, Security Options, “Recovery console: Allow "
        "automatic administrative logon”: Disabled. No effect in normal operation. First back the "
        "policy up (Backup-GPO): Restore-GPO goes back.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:P-RecoveryModeUnprotected"),
    check=check,
    reads=("domain", "sysvol"),
)
