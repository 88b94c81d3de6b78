"""Telnet carries names and passwords in clear: whoever sees the traffic can log in.

Still met on laboratory automates, switches and old servers. Every telnet greeting counts, whatever its port.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import exposed
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every port that greets in telnet."""
    return exposed(facts, "telnet")


RULE = Rule(
    id="exposure.telnet_exposed",
    title=Text(
        "Telnet accessible",
        "Telnet reachable",
    ),
    message=Text(
        "{subject} ouvre une session telnet : noms et mots de passe y passent en clair.",
        "{subject} opens telnet sessions: names and passwords travel in clear.",
    ),
    remediation=Text(
        "Remplacez telnet par SSH ; à défaut, fermez le port au pare-feu et passez par un bastion. Pour un "
        "équipement médical, voyez d’abord avec le fournisseur.",
        "Replace telnet by SSH; failing that, close the port on the firewall and go through a bastion. For a "
        "medical device, ask its supplier first.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-ssh:R2", "anssi-hygiene:21", "attack:T1040", "cwe:319"),
    check=check,
    reads=("hosts", "services"),
)
