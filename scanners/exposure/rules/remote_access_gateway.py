"""SSL-VPN gateways are legitimate on the Internet, and the first thing attackers try when a flaw is published.

Named for information, by marks of their own pages: the version and the second factor are to be checked by hand.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.product_marks import Kind
from scanners.exposure.products import among_products
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Web answers that betray a remote-access gateway."""
    return among_products(facts, Kind.GATEWAY, "gateway")


RULE = Rule(
    id="exposure.remote_access_gateway",
    title=Text(
        "Passerelle d’accès distant",
        "Remote-access gateway",
    ),
    message=Text(
        "{subject} est une passerelle d’accès distant ({gateway}).",
        "{subject} is a remote-access gateway ({gateway}).",
    ),
    remediation=Text(
        "Vérifiez sa version face aux alertes du CERT-FR, exigez un second facteur pour tous, et fermez son "
        "interface d’administration.",
        "Check its version against CERT-FR alerts, require a second factor for all, and close its administration "
        "interface.",
    ),
    severity=Severity.INFO,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:13", "anssi-hygiene:34", "attack:T1133"),
    check=check,
    reads=("hosts", "services", "http"),
)
