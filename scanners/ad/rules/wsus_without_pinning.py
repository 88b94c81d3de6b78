"""Without pinning, any authority the machine trusts can pass for the update server."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import active, one_of, registry, wrong_settings
from scanners.ad.sysvol import Source
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Policies in force."""
    return wrong_settings(
        facts,
        active(facts, Source.REGISTRY),
        registry("donotenforceenterprisetlscertpinningforupdatedetection", one_of("1")),
    )


RULE = Rule(
    id="ad.wsus_without_pinning",
    title=Text(
        "Épinglage du certificat WSUS désactivé",
        "WSUS certificate pinning disabled",
    ),
    message=Text(
        "La stratégie « {policy} » règle {setting}.",
        "The policy “{policy}” sets {setting}.",
    ),
    remediation=Text(
        "Gestion des stratégies de groupe : Configuration ordinateur, Stratégies, Modèles d’administration, "
        "Composants Windows, Windows Update, « Spécifier l’emplacement intranet du service de mise à jour "
        "Microsoft », case « Ne pas appliquer l’épinglage de certificat TLS » : décochée. Ajoutez d’abord le "
        "certificat au magasin WindowsServerUpdateServices des postes. Sauvegardez d’abord la stratégie "
        "(Backup-GPO). Retour : Restore-GPO, qui rend l’ancienne adresse ; « Non configuré » détacherait les "
        "postes de WSUS.",
        "Group Policy Management: Computer Configuration, Policies, Administrative Templates, Windows "
        "Components, Windows Update, “Specify intranet Microsoft update service location”, box “Do not enforce "
        "TLS certificate pinning”: unticked. First add the certificate to the WindowsServerUpdateServices store "
        "of the workstations. First back the policy up (Backup-GPO). To go back: Restore-GPO, which gives the "
        "former address back; “Not configured” would detach the machines from WSUS.",
    ),
    severity=Severity.LOW,
    refs=refs("pingcastle:S-WSUS-NoPinning"),
    check=check,
    reads=("domain", "sysvol"),
)
