"""An account without password can then be used from the network."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import active, one_of, registry, wrong_settings
from scanners.ad.sysvol import Source
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Policies in force."""
    return wrong_settings(facts, active(facts, Source.REGISTRY), registry("limitblankpassworduse", one_of("0")))


RULE = Rule(
    id="ad.blank_passwords_on_network",
    title=Text(
        "Mots de passe vides admis sur le réseau",
        "Blank passwords accepted over the network",
    ),
    message=Text(
        "La stratégie « {policy} » règle {setting}.",
        "The policy “{policy}” sets {setting}.",
    ),
    remediation=Text(
        "Gestion des stratégies de groupe, modifiez la stratégie citée : Configuration ordinateur, "
        "Stratégies, Paramètres Windows, Paramètres de sécurité, Stratégies locales, Options de "
        "sécurité, « Comptes : restreindre l’utilisation de mots de passe vides par le compte local à"
        " l’ouverture de session console » : Activé. Un poste de modalité réglé sans mot de passe ne "
        "sera plus joint à distance : donnez-lui un mot de passe. Sauvegardez d’abord la stratégie "
        "(Backup-GPO) : Restore-GPO revient en arrière.",
        "Group Policy Management, edit the policy named: Computer Configuration, Policies, Windows "
        "Settings, Security Settings, Local Policies, Security Options, “Accounts: Limit local "
        "account use of blank passwords to console logon only”: Enabled. A modality workstation set "
        "up without password will no longer be reached remotely: give it one. First back the policy "
        "up (Backup-GPO): Restore-GPO goes back.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:A-LimitBlankPasswordUse", "attack:T1078.003"),
    check=check,
    reads=("domain", "sysvol"),
)
