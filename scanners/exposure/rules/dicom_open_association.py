"""An imaging server that accepts any caller gives images and patient names to whoever asks.

A verification association (C-ECHO's) is asked for under an application name nobody declared; being accepted means that
callers are not checked. No image is queried.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import without_access_control
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """DICOM servers that accept an unknown caller."""
    return without_access_control(facts, "dicom")


RULE = Rule(
    id="exposure.dicom_open_association",
    title=Text(
        "DICOM ouvert à tout appelant",
        "DICOM open to any caller",
    ),
    message=Text(
        "{subject} accepte une association DICOM d’un appelant inconnu.",
        "{subject} accepts a DICOM association from an unknown caller.",
    ),
    remediation=Text(
        "Fermez le port au pare-feu, n’acceptez que les AE et adresses déclarés, et passez en DICOM-TLS ou par VPN "
        "avec l’éditeur du PACS.",
        "Close the port on the firewall, accept declared AE titles and addresses only, and move to DICOM-TLS or a "
        "VPN with the PACS supplier.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:23", "attack:T1190", "cwe:306"),
    check=check,
    reads=("hosts", "services"),
)
