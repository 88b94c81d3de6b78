"""A camera that describes its picture to a stranger asks nobody for a password: anyone may watch patients.

Read from the answer to DESCRIBE on the root of the server; no stream is opened, no path is guessed, no password is
tried.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import without_access_control
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Video servers that describe their picture to a stranger."""
    return without_access_control(facts, "rtsp")


RULE = Rule(
    id="exposure.camera_without_password",
    title=Text(
        "Caméra sans mot de passe",
        "Camera without a password",
    ),
    message=Text(
        "{subject} décrit ses images à un inconnu, sans mot de passe.",
        "{subject} describes its pictures to a stranger, without a password.",
    ),
    remediation=Text(
        "Fermez le port au pare-feu tout de suite, puis activez l’authentification de la caméra, changez son mot de "
        "passe et mettez-la à jour. Prévenez le délégué à la protection des données : des patients ont pu être vus.",
        "Close the port on the firewall at once, then turn on the camera’s authentication, change its password and "
        "update it. Tell the data protection officer: patients may have been seen.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:12", "attack:T1190", "cwe:306"),
    check=check,
    reads=("hosts", "services"),
)
