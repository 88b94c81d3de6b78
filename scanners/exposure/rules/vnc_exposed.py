"""VNC protects its sessions with a password of eight characters at most and no encryption.

Any server that greets with `RFB` counts.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import exposed
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every VNC server."""
    return exposed(facts, "vnc")


RULE = Rule(
    id="exposure.vnc_exposed",
    title=Text(
        "VNC accessible",
        "VNC reachable",
    ),
    message=Text(
        "{subject} ouvre la prise en main VNC ({version}).",
        "{subject} opens VNC screen sharing ({version}).",
    ),
    remediation=Text(
        "Fermez le port au pare-feu et passez par un bastion avec second facteur et enregistrement.",
        "Close the port on the firewall and go through a bastion with a second factor and recording.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:21", "attack:T1133", "attack:T1021.005", "cwe:311"),
    check=check,
    reads=("hosts", "services"),
)
