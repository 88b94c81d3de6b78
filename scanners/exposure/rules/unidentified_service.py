"""A port nobody can name cannot be judged by the other rules: someone must say what it is.

Ports left without a name by the conversations and by nmap's light detection.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import among
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Open ports without a name."""
    return among(facts.endpoints(), lambda found: None if found.service.name else found.evidence())


RULE = Rule(
    id="exposure.unidentified_service",
    title=Text(
        "Service non identifié",
        "Unidentified service",
    ),
    message=Text(
        "{subject} est ouvert et rien ne dit ce qui y répond.",
        "{subject} is open and nothing tells what answers there.",
    ),
    remediation=Text(
        "Retrouvez le service avec son responsable ; fermez le port s’il ne sert pas.",
        "Find the service with its owner; close the port if it is of no use.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:4", "attack:T1046"),
    check=check,
    reads=("hosts", "services"),
)
