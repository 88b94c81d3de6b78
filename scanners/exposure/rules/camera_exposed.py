"""A camera or its recorder films patients and staff; their flaws are exploited by robots within hours.

Whatever answers to RTSP, and devices that call themselves cameras in WS-Discovery (ONVIF). No picture is asked for.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every camera, recorder or video server."""
    found = facts.endpoints("rtsp", "ws-discovery")
    cameras = [end for end in found if end.service.name == "rtsp" or "camera" in end.service.traits]
    return judged(len(facts.endpoints()), (Finding(end.subject, end.evidence()) for end in cameras))


RULE = Rule(
    id="exposure.camera_exposed",
    title=Text(
        "Caméra ou enregistreur vidéo accessible",
        "Camera or video recorder reachable",
    ),
    message=Text(
        "{subject} répond au protocole d’une caméra ou d’un enregistreur ({service}).",
        "{subject} answers the protocol of a camera or a recorder ({service}).",
    ),
    remediation=Text(
        "Fermez le port au pare-feu, mettez les caméras dans un réseau à part qui ne joint que l’enregistreur, et "
        "donnez l’accès distant par VPN ou bastion.",
        "Close the port on the firewall, put cameras in a network of their own that reaches only the recorder, and "
        "give remote access by VPN or bastion.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:19", "attack:T1190", "cwe:284"),
    check=check,
    reads=("hosts", "services"),
)
