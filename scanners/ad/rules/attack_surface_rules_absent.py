"""Attack surface reduction rules stop what Office documents and scripts do in most intrusions."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import named, nowhere, one_of, somewhere
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Policies in force, wherever they are linked."""
    return nowhere(facts, named("exploitguard_asr_rules", one_of("1")), "ExploitGuard_ASR_Rules = 1")


RULE = Rule(
    id="ad.attack_surface_rules_absent",
    title=Text(
        "Règles de réduction de la surface d’attaque absentes",
        "Attack surface reduction rules absent",
    ),
    message=Text(
        "Aucune stratégie en vigueur dans {subject} ne règle {setting}.",
        "No policy in force in {subject} sets {setting}.",
    ),
    remediation=somewhere(
        Text(
            "Gestion des stratégies de groupe : Configuration ordinateur, Stratégies, Modèles "
            "d’administration, Composants Windows, Antivirus Microsoft Defender, Microsoft Defender "
            "Exploit Guard, Réduction de la surface d’attaque, « Configurer les règles… » : Activé, "
            "chaque règle en audit (2) deux semaines puis en blocage (1). Sans objet si un autre "
            "antivirus tient ce rôle : acceptez alors le risque par écrit. Retour : remettez le réglage "
            "sur « Non configuré ».",
            "Group Policy Management: Computer Configuration, Policies, Administrative Templates, Windows"
            " Components, Microsoft Defender Antivirus, Microsoft Defender Exploit Guard, Attack Surface "
            "Reduction, “Configure Attack Surface Reduction rules”: Enabled, each rule in audit (2) for "
            "two weeks then in block (1). Not applicable if another antivirus plays that part: then "
            "accept the risk in writing. To go back, set it to “Not configured” again.",
        )
    ),
    severity=Severity.LOW,
    refs=refs("pingcastle:S-DefenderASR", "attack:T1566.001"),
    check=check,
    reads=("domain", "sysvol"),
    whole=True,
)
