"""Without armoring, the first exchange of Kerberos can be recorded and the password searched for at leisure."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import on_controllers, one_of
from scanners.ad.sysvol import Source
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """What wins on each controller."""
    return on_controllers(facts, Source.REGISTRY, r"kdc\parameters\enablecbacandarmor", one_of("1"), "1")


RULE = Rule(
    id="ad.kerberos_armoring_controllers",
    title=Text(
        "Blindage Kerberos non offert par les contrôleurs",
        "Kerberos armoring not offered by the controllers",
    ),
    message=Text(
        "Sur {subject}, {setting} : {value:=non réglé} (stratégie : {policy:=aucune}) ; attendu : {expected}.",
        "On {subject}, {setting} is {value:=not set} (policy: {policy:=none}); expected: {expected}.",
    ),
    remediation=Text(
        "Gestion des stratégies de groupe : Configuration ordinateur, Stratégies, Modèles "
        "d’administration, Système, Centre de distribution de clés, « Prise en charge du contrôleur "
        "de domaine Kerberos pour les revendications, l’authentification composée et le blindage "
        "Kerberos » : « Pris en charge », dans une stratégie liée à Domain Controllers. Gardez « Pris"
        " en charge » tant que des machines ne savent pas blinder. Retour : remettez le réglage sur «"
        " Non configuré ».",
        "Group Policy Management: Computer Configuration, Policies, Administrative Templates, System,"
        " KDC, “KDC support for claims, compound authentication and Kerberos armoring”: “Supported”, "
        "in a policy linked to Domain Controllers. Keep “Supported” as long as some machines cannot "
        "armor. To go back, set it to “Not configured” again.",
    ),
    severity=Severity.LOW,
    refs=refs("pingcastle:S-KerberosArmoringDC", "attack:T1558.004"),
    check=check,
    reads=("domain", "sysvol"),
)
