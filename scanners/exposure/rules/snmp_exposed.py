"""An SNMP agent within reach of strangers tells the network's map, and often obeys a default community.

Any agent that answers to the discovery of version 3 counts (an agent of versions 1 and 2 only stays unseen): no
community is guessed.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import exposed
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every SNMP agent that answers."""
    return exposed(facts, "snmp")


RULE = Rule(
    id="exposure.snmp_exposed",
    title=Text(
        "Supervision SNMP accessible",
        "SNMP reachable",
    ),
    message=Text(
        "{subject} répond au protocole de supervision SNMP.",
        "{subject} answers the SNMP monitoring protocol.",
    ),
    remediation=Text(
        "Fermez le port UDP 161 au pare-feu, réservez SNMP à la supervision, en version 3 avec authentification et "
        "chiffrement, et changez les communautés par défaut.",
        "Close UDP port 161 on the firewall, keep SNMP for monitoring, in version 3 with authentication "
        "and encryption, and change default communities.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:12", "attack:T1602.001", "cwe:284"),
    check=check,
    reads=("hosts", "services"),
)
