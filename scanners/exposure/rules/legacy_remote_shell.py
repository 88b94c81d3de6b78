"""rsh, rlogin, rexec and X11 trust the caller's address and send everything in clear.

Recognised by nmap's light detection.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import exposed
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every port of the historical remote shells."""
    return exposed(facts, "rsh", "rlogin", "rexec", "x11")


RULE = Rule(
    id="exposure.legacy_remote_shell",
    title=Text(
        "Accès distant historique (rsh, rlogin, X11)",
        "Historical remote access (rsh, rlogin, X11)",
    ),
    message=Text(
        "{subject} offre {service}, un accès distant sans chiffrement.",
        "{subject} offers {service}, a remote access without encryption.",
    ),
    remediation=Text(
        "Remplacez-le par SSH et fermez le port.",
        "Replace it by SSH and close the port.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-ssh:R2", "anssi-hygiene:21", "cwe:319"),
    check=check,
    reads=("hosts", "services"),
)
