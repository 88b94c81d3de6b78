"""Resource-based delegation on a privileged service lets its holders act there for an administrator.

CERT-FR, vuln_delegation_sourcedeleg: the attribute must be empty on controllers, krbtgt, privileged accounts and, as we
count them, the machines of certification authorities and the account of Entra single sign-on.
"""

from __future__ import annotations

from scanners.ad.columns import MISSING
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.delegation import privileged_resources
from scanners.model import Rule, Severity, Text, Verdict, refs

ATTRIBUTE = "msDS-AllowedToActOnBehalfOfOtherIdentity"


def check(facts: DirectoryFacts) -> Verdict:
    """Accounts on which nobody may act for others."""
    allowed = facts.objects.texts(ATTRIBUTE)
    return verdict(
        facts,
        privileged_resources(facts),
        facts.having(ATTRIBUTE),
        lambda row: {"allowed": ", ".join(facts.name_of(sid) for sid in allowed[row])},
        facts.objects.ints("userAccountControl") == MISSING,
    )


RULE = Rule(
    id="ad.resource_delegation_on_controller",
    title=Text(
        "Délégation basée sur la ressource sur un service privilégié",
        "Resource-based delegation on a privileged service",
    ),
    message=Text(
        "Sur {subject}, ces comptes ou groupes peuvent agir au nom d’autrui : {allowed}.",
        "On {subject}, these accounts or groups may act for others: {allowed}.",
    ),
    remediation=Text(
        "Copiez d’abord la preuve (Get-ADObject DN -Properties msDS-AllowedToActOnBehalfOfOtherIdentity | "
        "Export-Clixml preuve.xml) et notez la liste (Get-ADComputer DC1 -Properties "
        "PrincipalsAllowedToDelegateToAccount), puis Set-ADObject DN -Clear "
        "msDS-AllowedToActOnBehalfOfOtherIdentity, et cherchez qui l’a posé (événement 5136) : c’est souvent la "
        "trace d’une attaque. Effet : les comptes de la liste n’agissent plus au nom d’autrui sur ce contrôleur ; "
        "aucun rôle de Windows n’en a besoin. Retour : Set-ADComputer DC1 -PrincipalsAllowedToDelegateToAccount "
        "avec la liste notée.",
        "First copy the evidence (Get-ADObject DN -Properties msDS-AllowedToActOnBehalfOfOtherIdentity | "
        "Export-Clixml evidence.xml) and write the list down (Get-ADComputer DC1 -Properties "
        "PrincipalsAllowedToDelegateToAccount), then Set-ADObject DN -Clear "
        "msDS-AllowedToActOnBehalfOfOtherIdentity, and find out who set it (event 5136): it often is the trace of "
        "an attack. Effect: the accounts of the list no longer act for others on that controller; no role of "
        "Windows needs it. Back: Set-ADComputer DC1 -PrincipalsAllowedToDelegateToAccount with the list noted.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_delegation_sourcedeleg@1", "pingcastle:P-DelegationDCsourcedeleg", "attack:T1134.001"),
    check=check,
    reads=("domain",),
)
