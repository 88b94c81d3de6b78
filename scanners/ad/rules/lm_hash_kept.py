"""LM hashes are found in minutes: a policy that keeps them undoes twenty years of default settings."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import active, one_of, registry, wrong_settings
from scanners.ad.sysvol import Source
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Policies in force."""
    return wrong_settings(facts, active(facts, Source.REGISTRY), registry("nolmhash", one_of("0")))


RULE = Rule(
    id="ad.lm_hash_kept",
    title=Text(
        "Condensats LM conservés par une stratégie",
        "LM hashes kept by a policy",
    ),
    message=Text(
        "La stratégie « {policy} » règle {setting}.",
        "The policy “{policy}” sets {setting}.",
    ),
    remediation=Text(
        "Gestion des stratégies de groupe, modifiez la stratégie citée : Configuration ordinateur, "
        "Stratégies, Paramètres Windows, Paramètres de sécurité, Stratégies locales, Options de "
        "sécurité, « Sécurité réseau : ne pas stocker de valeurs de hachage de niveau LAN Manager » :"
        " Activé. Les condensats existants ne partent qu’au changement de chaque mot de passe : "
        "comptes à privilèges d’abord. Un équipement d’avant 2000 cesserait d’ouvrir ses partages. "
        "Sauvegardez d’abord la stratégie (Backup-GPO) : Restore-GPO revient en arrière.",
        "Group Policy Management, edit the policy named: Computer Configuration, Policies, Windows "
        "Settings, Security Settings, Local Policies, Security Options, “Network security: Do not "
        "store LAN Manager hash value”: Enabled. Existing hashes only leave when each password "
        "changes: privileged accounts first. Equipment older than 2000 would stop opening its shares."
        " First back the policy up (Backup-GPO): Restore-GPO goes back.",
    ),
    severity=Severity.HIGH,
    refs=refs("pingcastle:A-LMHashAuthorized", "attack:T1110.002"),
    check=check,
    reads=("domain", "sysvol"),
)
