"""Resource-based delegation lets its holders act for anyone on that machine: wanted, or the trace of an attack.

msDS-AllowedToActOnBehalfOfOtherIdentity of objects that are not privileged; those that are have their own rule.
"""

from __future__ import annotations

from scanners.ad.access import ordinary
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.delegation import privileged_resources
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled machines and service accounts."""
    allowed = {
        row: [sid for sid in values if ordinary(facts, sid)]
        for row, values in facts.objects.texts("msDS-AllowedToActOnBehalfOfOtherIdentity").items()
    }
    return verdict(
        facts,
        facts.enabled & ~privileged_resources(facts),
        facts.mask(row for row, trustees in allowed.items() if trustees),
        lambda row: {
            "allowed": ", ".join(facts.name_of(sid) for sid in allowed[row]),
            "system": facts.objects.text("operatingSystem", row),
        },
    )


RULE = Rule(
    id="ad.resource_delegation",
    title=Text(
        "Délégation basée sur la ressource",
        "Resource-based delegation",
    ),
    message=Text(
        "Sur {subject}, ces comptes ou groupes peuvent agir au nom de n’importe qui : {allowed}.",
        "On {subject}, these accounts or groups can act for anybody: {allowed}.",
    ),
    remediation=Text(
        "Demandez au référent de l’application si cette délégation est voulue. Si personne ne la reconnaît, cherchez "
        "qui l’a écrite (événement 5136) et traitez-la comme une attaque. Pour la retirer : notez la liste "
        "(Get-ADComputer MACHINE -Properties PrincipalsAllowedToDelegateToAccount), puis Set-ADComputer MACHINE "
        "-PrincipalsAllowedToDelegateToAccount $null ; la même commande avec la liste notée revient en arrière.",
        "Ask the owner of the application whether that delegation is wanted. If nobody knows it, find who wrote it "
        "(event 5136) and treat it as an attack. To remove it: write the list down (Get-ADComputer MACHINE "
        "-Properties PrincipalsAllowedToDelegateToAccount), then Set-ADComputer MACHINE "
        "-PrincipalsAllowedToDelegateToAccount $null; the same command with the list written down goes back.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("attack:T1134.001"),
    check=check,
    reads=("domain",),
)
