"""A remote-control tool within reach of strangers is tried day and night, and hands over a whole workstation.

AnyDesk (by its certificate), TeamViewer, Radmin, Dameware, NoMachine, pcAnywhere and Splashtop (by nmap). VNC and RDP
have rules of their own.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import exposed
from scanners.exposure.ports import REMOTE_CONTROL
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every port where such a tool listens."""
    return exposed(facts, *REMOTE_CONTROL)


RULE = Rule(
    id="exposure.remote_control_exposed",
    title=Text(
        "Outil de prise de main accessible",
        "Remote-control tool reachable",
    ),
    message=Text(
        "{subject} : un outil de prise de main à distance attend des connexions ({service}).",
        "{subject}: a remote-control tool awaits connections ({service}).",
    ),
    remediation=Text(
        "Demandez qui s’en sert et pour quelle télémaintenance, fermez le port au pare-feu, et remplacez-le par un "
        "accès par le bastion, nominatif, à double facteur et ouvert à la demande.",
        "Ask who uses it and for which remote maintenance, close the port on the firewall, and replace it by an access "
        "through the bastion, personal, with a second factor and opened on demand.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:12", "attack:T1133", "cwe:284"),
    check=check,
    reads=("hosts", "services"),
)
