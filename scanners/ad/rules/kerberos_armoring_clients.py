"""Machines that are not asked to armor leave the first exchange of Kerberos open to guessing."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import named, nowhere, one_of, somewhere
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Policies in force, wherever they are linked."""
    return nowhere(
        facts, named(r"kerberos\parameters\enablecbacandarmor", one_of("1")), "Kerberos EnableCbacAndArmor = 1"
    )


RULE = Rule(
    id="ad.kerberos_armoring_clients",
    title=Text(
        "Blindage Kerberos non demandé aux machines",
        "Kerberos armoring not asked of machines",
    ),
    message=Text(
        "Aucune stratégie en vigueur dans {subject} ne règle {setting}.",
        "No policy in force in {subject} sets {setting}.",
    ),
    remediation=somewhere(
        Text(
            "Gestion des stratégies de groupe : Configuration ordinateur, Stratégies, Modèles "
            "d’administration, Système, Kerberos, « Prise en charge du client Kerberos pour les "
            "revendications, l’authentification composée et le blindage Kerberos » : Activé. Réglez "
            "d’abord les contrôleurs sur « Pris en charge ». Retour : remettez le réglage sur « Non "
            "configuré ».",
            "Group Policy Management: Computer Configuration, Policies, Administrative Templates, System,"
            " Kerberos, “Kerberos client support for claims, compound authentication and Kerberos "
            "armoring”: Enabled. First set the controllers to “Supported”. To go back, set it to “Not "
            "configured” again.",
        )
    ),
    severity=Severity.LOW,
    refs=refs("pingcastle:S-KerberosArmoring", "attack:T1558.004"),
    check=check,
    reads=("domain", "sysvol"),
    whole=True,
)
