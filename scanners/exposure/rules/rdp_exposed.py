"""Remote Desktop open to the Internet is the front door of most ransomware in hospitals: guessed or stolen passwords.

Any server that answers the connection request of RDP counts, whatever its settings.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import exposed
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every Remote Desktop server."""
    return exposed(facts, "rdp")


RULE = Rule(
    id="exposure.rdp_exposed",
    title=Text(
        "Bureau à distance (RDP) accessible",
        "Remote Desktop (RDP) reachable",
    ),
    message=Text(
        "{subject} ouvre le bureau à distance.",
        "{subject} opens Remote Desktop.",
    ),
    remediation=Text(
        "Fermez le port au pare-feu et passez par un bastion ou une passerelle avec second facteur ; vérifiez les "
        "connexions des derniers mois.",
        "Close the port on the firewall and go through a bastion or a gateway with a second factor; check the "
        "logons of the last months.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:13", "attack:T1133", "attack:T1021.001", "cwe:284"),
    check=check,
    reads=("hosts", "services"),
)
