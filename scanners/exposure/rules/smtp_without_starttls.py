"""A mail server without STARTTLS receives mail, and often passwords, in clear.

Read from the abilities listed after EHLO (RFC 3207).
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import without_encryption
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """SMTP servers that do not offer STARTTLS."""
    return without_encryption(facts, "smtp")


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
