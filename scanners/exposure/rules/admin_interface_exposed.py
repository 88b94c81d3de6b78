"""A console by which a system is administered must not be within reach of strangers.

Hypervisors, management boards, databases' web tools, printers, cameras: recognised by marks of their
own pages (`known_consoles.py`).
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.product_marks import Kind
from scanners.exposure.products import among_products
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Web answers that betray an administration console."""
    return among_products(facts, Kind.CONSOLE, "console")


RULE = Rule(
    id="exposure.admin_interface_exposed",
    title=Text(
        "Interface d’administration accessible",
        "Administration interface reachable",
    ),
    message=Text(
        "{subject} montre une interface d’administration ({console:Administration page=produit non reconnu|Network "
        "camera=caméra}).",
        "{subject} shows an administration interface ({console:Administration page=unrecognised product}).",
    ),
    remediation=Text(
        "Fermez l’interface au pare-feu et réservez-la au réseau d’administration ou au bastion, avec second facteur.",
        "Close the interface on the firewall and keep it for the administration network or the bastion, with a "
        "second factor.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:28", "attack:T1133", "cwe:284"),
    check=check,
    reads=("hosts", "services", "http"),
)
