"""A VNC server with the “None” security type gives screen, keyboard and mouse to whoever calls.

Read from the security types the server lists; no session is opened.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import without_access_control
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """VNC servers that list the security type “None”."""
    return without_access_control(facts, "vnc")


RULE = Rule(
    id="exposure.vnc_without_password",
    title=Text(
        "VNC sans mot de passe",
        "VNC without a password",
    ),
    message=Text(
        "{subject} donne la main par VNC sans mot de passe.",
        "{subject} hands over its screen by VNC without a password.",
    ),
    remediation=Text(
        "Arrêtez ce service ou fermez le port tout de suite ; pour un équipement biomédical, demandez au "
        "fournisseur un accès par le bastion.",
        "Stop the service or close the port at once; for a biomedical device, ask its supplier for access through "
        "the bastion.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:12", "attack:T1133", "attack:T1021.005", "cwe:306"),
    check=check,
    reads=("hosts", "services"),
)
