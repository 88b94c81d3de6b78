"""POP3 and IMAP without TLS send the mailbox password in clear at every check.

Ports that offer STLS or STARTTLS, or speak inside TLS, pass.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import without_encryption
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """POP3 and IMAP servers without encryption."""
    return without_encryption(facts, "pop3", "imap")


RULE = Rule(
    id="exposure.mail_access_clear_text",
    title=Text(
        "Relève du courrier sans chiffrement",
        "Mailbox access without encryption",
    ),
    message=Text(
        "{subject} offre {service} sans chiffrement.",
        "{subject} offers {service} without encryption.",
    ),
    remediation=Text(
        "Imposez TLS (ports 993 et 995) et fermez les ports en clair.",
        "Require TLS (ports 993 and 995) and close the clear ports.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:24", "attack:T1040", "cwe:319"),
    check=check,
    reads=("hosts", "services"),
)
