"""File transfer, identity, tickets, shared documents: when a flaw of these is published, all of them are tried in days.

Named for information, by marks of their own pages: being there may be wanted, being forgotten is not.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.product_marks import Kind
from scanners.exposure.products import among_products
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Web answers that betray an application that attackers look for."""
    return among_products(facts, Kind.APPLICATION, "application")


RULE = Rule(
    id="exposure.attacked_application_exposed",
    title=Text(
        "Application souvent attaquée accessible",
        "Often attacked application reachable",
    ),
    message=Text(
        "{subject} montre une application souvent attaquée ({application}).",
        "{subject} shows an often attacked application ({application}).",
    ),
    remediation=Text(
        "Retirez d’Internet ce qui ne sert qu’en interne ; pour le reste, tenez la version à jour des alertes du "
        "CERT-FR, exigez un second facteur et fermez les pages d’administration.",
        "Take off the Internet what serves inside only; for the rest, keep the version up with CERT-FR alerts, "
        "require a second factor and close the administration pages.",
    ),
    severity=Severity.INFO,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:34", "attack:T1190"),
    check=check,
    reads=("hosts", "services", "http"),
)
