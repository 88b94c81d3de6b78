"""HL7 v2 over MLLP has neither account nor encryption: whoever reaches the port can send results, admissions, orders.

Deduced from the port number alone: not a single byte is sent to an interface engine.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import exposed
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every open port of the HL7 flows."""
    return exposed(facts, "hl7")


RULE = Rule(
    id="exposure.hl7_exposed",
    title=Text(
        "Flux HL7 accessible",
        "HL7 flow reachable",
    ),
    message=Text(
        "{subject} est ouvert : c’est un port réservé aux flux HL7 (aucun octet n’y a été envoyé).",
        "{subject} is open: it is a port of HL7 flows (no byte was sent to it).",
    ),
    remediation=Text(
        "Fermez le port au pare-feu et limitez-le aux adresses des applications partenaires, par VPN si le flux "
        "sort de l’établissement.",
        "Close the port on the firewall and limit it to the addresses of partner applications, by VPN when the "
        "flow leaves the establishment.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:23", "anssi-hygiene:25", "cwe:306"),
    check=check,
    reads=("hosts", "services"),
)
