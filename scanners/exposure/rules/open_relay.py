"""A mail server that relays for strangers sends the world’s unwanted mail, then nobody takes its own any more.

Servers that accepted, from an empty sender, a recipient of a foreign domain. The conversation stops there (RSET, QUIT):
no message is ever sent.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import seen_from_outside
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Mail servers that relay for anyone."""
    return seen_from_outside(facts.endpoints("smtp"), "relay_open", "relay_refused")


RULE = Rule(
    id="exposure.open_relay",
    title=Text(
        "Relais de messagerie ouvert",
        "Open mail relay",
    ),
    message=Text(
        "{subject} accepte de relayer du courrier pour n’importe qui.",
        "{subject} accepts to relay mail for anyone.",
    ),
    remediation=Text(
        "Si l’audit part de votre réseau, refaites-le de l’extérieur avant de conclure. "
        "N’acceptez de relayer que pour vos domaines, vos réseaux et les comptes authentifiés.",
        "If the audit starts from your network, run it again from outside before concluding. "
        "Relay only for your domains, your networks and authenticated accounts.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:24", "cwe:284", "rfc:5321"),
    check=check,
    reads=(
        "hosts",
        "services",
    ),
)
