"""PowerShell is the intruder’s first tool; its blocks of script say afterwards what was done."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import named, nowhere, one_of, somewhere
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Policies in force, wherever they are linked."""
    return nowhere(facts, named("enablescriptblocklogging", one_of("1")), "EnableScriptBlockLogging = 1")


RULE = Rule(
    id="ad.powershell_not_logged",
    title=Text(
        "Journalisation de PowerShell non imposée",
        "PowerShell logging not enforced",
    ),
    message=Text(
        "Aucune stratégie en vigueur dans {subject} ne règle {setting}.",
        "No policy in force in {subject} sets {setting}.",
    ),
    remediation=somewhere(
        Text(
            "Gestion des stratégies de groupe : Configuration ordinateur, Stratégies, Modèles "
            "d’administration, Composants Windows, Windows PowerShell, « Activer la journalisation de "
            "blocs de scripts PowerShell » : Activé, sans journaliser chaque appel. Un script qui porte "
            "un mot de passe en clair l’écrira dans le journal : corrigez ces scripts et protégez le "
            "journal. Retour : remettez le réglage sur « Non configuré ».",
            "Group Policy Management: Computer Configuration, Policies, Administrative Templates, Windows"
            " Components, Windows PowerShell, “Turn on PowerShell Script Block Logging”: Enabled, without"
            " logging each invocation. A script that holds a password in clear text will write it to the "
            "log: correct these scripts and protect the log. To go back, set it to “Not configured” "
            "again.",
        )
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:A-AuditPowershell", "attack:T1059.001"),
    check=check,
    reads=("domain", "sysvol"),
    whole=True,
)
