"""A user’s proxy, which the user can change, then carries the updates of the system."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import active, one_of, registry, wrong_settings
from scanners.ad.sysvol import Source
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Policies in force."""
    return wrong_settings(
        facts, active(facts, Source.REGISTRY), registry("setproxybehaviorforupdatedetection", one_of("1"))
    )


RULE = Rule(
    id="ad.wsus_user_proxy",
    title=Text(
        "Mises à jour par le mandataire de l’utilisateur",
        "Updates through the user’s proxy",
    ),
    message=Text(
        "La stratégie « {policy} » règle {setting}.",
        "The policy “{policy}” sets {setting}.",
    ),
    remediation=Text(
        "Gestion des stratégies de groupe : Configuration ordinateur, Stratégies, Modèles d’administration, "
        "Composants Windows, Windows Update, « Spécifier l’emplacement intranet du service de mise à jour "
        "Microsoft », comportement du mandataire : mandataire système seulement. Réglez le mandataire système "
        "(netsh winhttp) s’il en faut un. Sauvegardez d’abord la stratégie (Backup-GPO). Retour : Restore-GPO, "
        "qui rend l’ancienne adresse ; « Non configuré » détacherait les postes de WSUS.",
        "Group Policy Management: Computer Configuration, Policies, Administrative Templates, Windows "
        "Components, Windows Update, “Specify intranet Microsoft update service location”, proxy behaviour: "
        "system proxy only. Set the system proxy (netsh winhttp) if one is needed. First back the policy up "
        "(Backup-GPO). To go back: Restore-GPO, which gives the former address back; “Not configured” would "
        "detach the machines from WSUS.",
    ),
    severity=Severity.LOW,
    refs=refs("pingcastle:S-WSUS-UserProxy"),
    check=check,
    reads=("domain", "sysvol"),
)
