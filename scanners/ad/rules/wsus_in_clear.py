"""An update fetched in clear text can be replaced on the way by a program that runs as the system."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import active, registry, wrong_settings
from scanners.ad.sysvol import Source
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Update servers of policies in force."""

    def in_clear(value: str | None) -> bool:
        return (value or "").lower().startswith("http://")

    return wrong_settings(facts, active(facts, Source.REGISTRY), registry("wuserver", in_clear))


RULE = Rule(
    id="ad.wsus_in_clear",
    title=Text(
        "Mises à jour demandées en clair (WSUS)",
        "Updates fetched in clear text (WSUS)",
    ),
    message=Text(
        "La stratégie « {policy} » règle {setting}.",
        "The policy “{policy}” sets {setting}.",
    ),
    remediation=Text(
        "Gestion des stratégies de groupe : Configuration ordinateur, Stratégies, Modèles d’administration, "
        "Composants Windows, Windows Update, « Spécifier l’emplacement intranet du service de mise à jour "
        "Microsoft » : https://<serveur>:8531, après avoir donné au serveur WSUS un certificat de votre autorité "
        "(wsusutil configuressl). Essayez sur un poste : sans certificat reconnu, il ne se met plus à jour. "
        "Sauvegardez d’abord la stratégie (Backup-GPO). Retour : Restore-GPO, qui rend l’ancienne adresse ; "
        "« Non configuré » détacherait les postes de WSUS.",
        "Group Policy Management: Computer Configuration, Policies, Administrative Templates, Windows "
        "Components, Windows Update, “Specify intranet Microsoft update service location”: "
        "https://<server>:8531, once the WSUS server has a certificate of your authority (wsusutil "
        "configuressl). Try on one workstation: without a trusted certificate it stops updating. First back the "
        "policy up (Backup-GPO). To go back: Restore-GPO, which gives the former address back; “Not configured” "
        "would detach the machines from WSUS.",
    ),
    severity=Severity.HIGH,
    refs=refs("pingcastle:S-WSUS-HTTP", "attack:T1557"),
    check=check,
    reads=("domain", "sysvol"),
)
