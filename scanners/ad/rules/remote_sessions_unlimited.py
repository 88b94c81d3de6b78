"""A session disconnected and never closed keeps an administrator’s credentials on the server for weeks."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import at_least, named, nowhere, somewhere
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Policies in force, wherever they are linked."""
    return nowhere(facts, named("maxdisconnectiontime", at_least(1)), "MaxDisconnectionTime > 0")


RULE = Rule(
    id="ad.remote_sessions_unlimited",
    title=Text(
        "Sessions Bureau à distance sans limite de durée",
        "Remote Desktop sessions without time limit",
    ),
    message=Text(
        "Aucune stratégie en vigueur dans {subject} ne règle {setting}.",
        "No policy in force in {subject} sets {setting}.",
    ),
    remediation=somewhere(
        Text(
            "Gestion des stratégies de groupe : Configuration ordinateur, Stratégies, Modèles "
            "d’administration, Composants Windows, Services Bureau à distance, Hôte de session, Délais "
            "d’expiration des sessions, « Définir le délai pour les sessions déconnectées » : Activé, 1 "
            "heure. Un traitement lancé dans une session déconnectée serait arrêté : faites-en une tâche "
            "planifiée. Retour : remettez le réglage sur « Non configuré ».",
            "Group Policy Management: Computer Configuration, Policies, Administrative Templates, Windows"
            " Components, Remote Desktop Services, Session Host, Session Time Limits, “Set time limit for"
            " disconnected sessions”: Enabled, 1 hour. A job started in a disconnected session would be "
            "stopped: make it a scheduled task. To go back, set it to “Not configured” again.",
        )
    ),
    severity=Severity.LOW,
    refs=refs("pingcastle:S-TerminalServicesGPO", "attack:T1563.002"),
    check=check,
    reads=("domain", "sysvol"),
    whole=True,
)
