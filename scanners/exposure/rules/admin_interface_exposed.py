"""A console by which a system is administered must not be within reach of strangers.

Backup servers, hypervisors, management boards, databases' web tools, printers, cameras: recognised by marks of their
own pages (`products.py`).
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.products import CONSOLES, product_of
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Web answers that betray an administration console."""
    web = facts.web()
    found = ((end, product_of(http, CONSOLES)) for end, http in web)
    return judged(len(web), (Finding(end.subject, end.evidence() | {"console": name}) for end, name in found if name))


RULE = Rule(
    id="exposure.admin_interface_exposed",
    title=Text(
        "Interface d’administration accessible",
        "Administration interface reachable",
    ),
    message=Text(
        "{subject} montre une interface d’administration ({console}).",
        "{subject} shows an administration interface ({console}).",
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
