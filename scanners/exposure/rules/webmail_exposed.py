"""Webmail is on the Internet on purpose, and is where stolen passwords are tried and flaws are exploited first.

Named for information, by marks of its own pages: the version and the second factor are to be checked by hand.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.product_marks import Kind
from scanners.exposure.products import among_products
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Web answers that betray webmail."""
    return among_products(facts, Kind.WEBMAIL, "webmail")


RULE = Rule(
    id="exposure.webmail_exposed",
    title=Text(
        "Messagerie web accessible",
        "Webmail reachable",
    ),
    message=Text(
        "{subject} est une messagerie web ({webmail}).",
        "{subject} is webmail ({webmail}).",
    ),
    remediation=Text(
        "Exigez un second facteur pour tous, vérifiez la version face aux alertes du CERT-FR, et fermez à "
        "Internet sa console d’administration.",
        "Require a second factor for all, check its version against CERT-FR alerts, and close its administration "
        "console to the Internet.",
    ),
    severity=Severity.INFO,
    refs=refs(
        "care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:13", "anssi-hygiene:34", "attack:T1133", "attack:T1114.002"
    ),
    check=check,
    reads=("hosts", "services", "http"),
)
