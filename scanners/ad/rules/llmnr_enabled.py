"""LLMNR asks the whole network for a name: whoever answers receives the user’s credentials."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import named, nowhere, one_of, somewhere
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Policies in force, wherever they are linked."""
    return nowhere(facts, named("enablemulticast", one_of("0")), "EnableMulticast = 0")


RULE = Rule(
    id="ad.llmnr_enabled",
    title=Text(
        "LLMNR non désactivé par stratégie",
        "LLMNR not disabled by policy",
    ),
    message=Text(
        "Aucune stratégie en vigueur dans {subject} ne règle {setting}.",
        "No policy in force in {subject} sets {setting}.",
    ),
    remediation=somewhere(
        Text(
            "Gestion des stratégies de groupe : Configuration ordinateur, Stratégies, Modèles "
            "d’administration, Réseau, Client DNS, « Désactiver la résolution de noms multidiffusion » : "
            "Activé. Un appareil qui n’a pas de nom dans le DNS ne sera plus trouvé par son nom court : "
            "ajoutez-le au DNS. Retour : remettez le réglage sur « Non configuré ».",
            "Group Policy Management: Computer Configuration, Policies, Administrative Templates, "
            "Network, DNS Client, “Turn off multicast name resolution”: Enabled. A device without a name "
            "in DNS will no longer be found by its short name: add it to DNS. To go back, set it to “Not "
            "configured” again.",
        )
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:A-NoGPOLLMNR", "attack:T1557.001"),
    check=check,
    reads=("domain", "sysvol"),
    whole=True,
)
