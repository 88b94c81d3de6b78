"""A port nobody can name cannot be judged by the other rules: someone must say what it is.

Ports left without a name by the conversations and by nmap's light detection. Those the establishment keeps silent are
its own to know, and where the profile asks nothing a name is not to be expected: both are told by the gaps.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import among
from scanners.exposure.never_written import NeverWritten
from scanners.model import Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Open ports without a name, though they were asked or nobody chose to leave them in peace."""
    if facts.profile == "fragile":
        return judged(0, ())
    chosen = NeverWritten.of(facts.never_written)
    asked = (end for end in facts.endpoints() if not chosen.by_choice(end.host.address, end.port.number))
    return among(asked, lambda found: None if found.service.name else found.evidence())


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
