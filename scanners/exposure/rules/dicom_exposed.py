"""Imaging flows have no reason to be reachable from the Internet: DICOM has neither account nor encryption by default.

Any server that answers an association request counts, be it to refuse.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import exposed
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every DICOM server."""
    return exposed(facts, "dicom")


RULE = Rule(
    id="exposure.dicom_exposed",
    title=Text(
        "Imagerie (DICOM) accessible",
        "Imaging (DICOM) reachable",
    ),
    message=Text(
        "{subject} répond au protocole d’imagerie DICOM.",
        "{subject} answers the DICOM imaging protocol.",
    ),
    remediation=Text(
        "Fermez le port au pare-feu ; échangez les images par un VPN ou une plateforme régionale.",
        "Close the port on the firewall; exchange images through a VPN or a regional platform.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:23", "cwe:284"),
    check=check,
    reads=("hosts", "services"),
)
