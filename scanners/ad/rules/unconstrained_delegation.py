"""An account trusted for unconstrained delegation receives the tickets of everyone who talks to it, administrators
too.

Domain controllers are left out (CERT-FR, vuln_delegation_t4d).
"""

from __future__ import annotations

from scanners.ad.facts import UAC_UNCONSTRAINED, DirectoryFacts
from scanners.ad.judging import flagged
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled accounts other than domain controllers."""
    return flagged(facts, facts.enabled & ~facts.controllers, UAC_UNCONSTRAINED)


RULE = Rule(
    id="ad.unconstrained_delegation",
    title=Text(
        "Délégation Kerberos non contrainte",
        "Unconstrained Kerberos delegation",
    ),
    message=Text(
        "{subject} reçoit et peut réutiliser les tickets de tous ceux qui s’y connectent.",
        "{subject} receives, and may reuse, the tickets of all who connect to it.",
    ),
    remediation=Text(
        "Remplacez-la par une délégation contrainte ou basée sur la ressource vers les seuls services utiles, puis : "
        "Set-ADAccountControl COMPTE -TrustedForDelegation $false (NOM$ pour une machine). Testez l’application "
        "avant de généraliser ; placez les administrateurs dans Protected Users. Effet : une application qui "
        "agissait au nom de l’utilisateur redemande une authentification. Retour : la même commande avec $true.",
        "Replace it by constrained or resource-based delegation to the services needed only, then: "
        "Set-ADAccountControl ACCOUNT -TrustedForDelegation $false (NAME$ for a machine). Test the application "
        "first; put administrators in Protected Users. Effect: an application that acted for the user asks for "
        "authentication again. Back: the same command with $true.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_delegation_t4d@1", "pingcastle:P-UnconstrainedDelegation", "attack:T1558"),
    check=check,
    reads=("domain",),
)
