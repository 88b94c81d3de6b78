"""A message broker that takes anonymous clients shows, and lets be forged, what connected devices say.

Read from the broker's answer to a connection without a user name.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import without_access_control
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Brokers that accept anonymous clients."""
    return without_access_control(facts, "mqtt")


RULE = Rule(
    id="exposure.mqtt_open",
    title=Text(
        "MQTT sans authentification",
        "MQTT without authentication",
    ),
    message=Text(
        "{subject} accepte un client MQTT anonyme.",
        "{subject} accepts an anonymous MQTT client.",
    ),
    remediation=Text(
        "Exigez comptes et TLS (port 8883), et fermez le port au pare-feu.",
        "Require accounts and TLS (port 8883), and close the port on the firewall.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:23", "cwe:306"),
    check=check,
    reads=("hosts", "services"),
)
