"""A mail server without STARTTLS receives mail, and often passwords, in clear.

Read from the abilities listed after EHLO (RFC 3207).
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, among
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """SMTP servers that do not offer STARTTLS."""
    return among(facts.endpoints("smtp"), lambda found: None if found.service.encrypted else found.evidence())


RULE = Rule(
    id="exposure.smtp_without_starttls",
    title=Text(
        "SMTP sans STARTTLS",
        "SMTP without STARTTLS",
    ),
    message=Text(
        "{subject} reçoit du courrier sans offrir de chiffrement (STARTTLS).",
        "{subject} receives mail without offering encryption (STARTTLS).",
    ),
    remediation=Text(
        "Activez STARTTLS avec un certificat valide ; vérifiez aussi les copieurs et automates qui envoient par ce "
        "serveur.",
        "Turn on STARTTLS with a valid certificate; check the copiers and devices that send through this server as "
        "well.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:24", "cwe:319", "rfc:3207"),
    check=check,
    reads=("hosts", "services"),
)
