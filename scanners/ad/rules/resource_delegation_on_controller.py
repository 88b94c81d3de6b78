"""Resource-based delegation on a controller or on krbtgt lets its holders act there for an administrator.

CERT-FR, vuln_delegation_sourcedeleg: the attribute must be empty on these objects.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.columns import MISSING
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

ATTRIBUTE = "msDS-AllowedToActOnBehalfOfOtherIdentity"


def check(facts: DirectoryFacts) -> Verdict:
    """Controllers and krbtgt."""
    krbtgt = facts.row_of_rid(sids.RID_KRBTGT)
    targets = facts.controllers | facts.mask([krbtgt] if krbtgt >= 0 else [])
    allowed = facts.objects.texts(ATTRIBUTE)
    return verdict(
        facts,
        targets,
        facts.having(ATTRIBUTE),
        lambda row: {"allowed": ", ".join(facts.name_of(sid) for sid in allowed[row])},
        facts.objects.ints("userAccountControl") == MISSING,
    )


RULE = Rule(
    id="ad.resource_delegation_on_controller",
    title=Text(
        "Délégation basée sur la ressource sur un contrôleur",
        "Resource-based delegation on a controller",
    ),
    message=Text(
        "{allowed} peut agir au nom d’autrui sur {subject}.",
        "{allowed} may act for others on {subject}.",
    ),
    remediation=Text(
        "Videz l’attribut msDS-AllowedToActOnBehalfOfOtherIdentity (Set-ADComputer "
        "-PrincipalsAllowedToDelegateToAccount $null) et cherchez qui l’a posé (événement 5136) : c’est souvent "
        "la trace d’une attaque.",
        "Empty msDS-AllowedToActOnBehalfOfOtherIdentity (Set-ADComputer -PrincipalsAllowedToDelegateToAccount "
        "$null) and find out who set it (event 5136): it often is the trace of an attack.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_delegation_sourcedeleg@1", "pingcastle:P-DelegationDCsourcedeleg", "attack:T1134.001"),
    check=check,
    reads=("domain",),
)
