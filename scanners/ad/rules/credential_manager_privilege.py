"""Whoever holds this privilege reads the passwords that users saved on the machine: nobody needs it."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import active, wrong_settings
from scanners.ad.sysvol import Setting, Source
from scanners.model import Rule, Severity, Text, Verdict, refs

PRIVILEGE = "setrustedcredmanaccessprivilege"


def check(facts: DirectoryFacts) -> Verdict:
    """Policies in force: anybody named there is too many."""

    def given(setting: Setting) -> str:
        names = ", ".join(facts.name_of(trustee) for trustee in setting.values)
        return f"{setting.name}: {names}" if setting.name == PRIVILEGE and names else ""

    return wrong_settings(facts, active(facts, Source.PRIVILEGE), given)


RULE = Rule(
    id="ad.credential_manager_privilege",
    title=Text(
        "Accès au gestionnaire d’informations d’identification",
        "Access to Credential Manager",
    ),
    message=Text(
        "La stratégie « {policy} » donne l’accès aux mots de passe enregistrés ({setting}).",
        "The policy “{policy}” gives access to saved passwords ({setting}).",
    ),
    remediation=Text(
        "Gestion des stratégies de groupe, modifiez la stratégie citée : Configuration ordinateur, "
        "Stratégies, Paramètres Windows, Paramètres de sécurité, Stratégies locales, Attribution des "
        "droits utilisateur, « Accéder au gestionnaire d’informations d’identification en tant "
        "qu’appelant approuvé » : personne (liste vide). Aucun usage légitime connu. Sauvegardez "
        "d’abord la stratégie (Backup-GPO) : Restore-GPO revient en arrière.",
        "Group Policy Management, edit the policy named: Computer Configuration, Policies, Windows "
        "Settings, Security Settings, Local Policies, User Rights Assignment, “Access Credential "
        "Manager as a trusted caller”: nobody (empty list). No legitimate use is known. First back "
        "the policy up (Backup-GPO): Restore-GPO goes back.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:P-TrustedCredManAccessPrivilege", "attack:T1555.004"),
    check=check,
    reads=("domain", "sysvol"),
)
