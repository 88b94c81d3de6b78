"""FTP without TLS carries passwords and files in clear.

A server that offers `AUTH TLS` (RFC 4217) is let off, although it may still accept clear sessions.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import without_encryption
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """FTP servers that do not offer TLS."""
    return without_encryption(facts, "ftp")


RULE = Rule(
    id="exposure.ftp_clear_text",
    title=Text(
        "FTP sans chiffrement",
        "FTP without encryption",
    ),
    message=Text(
        "{subject} offre FTP sans TLS : mots de passe et fichiers y passent en clair.",
        "{subject} offers FTP without TLS: passwords and files travel in clear.",
    ),
    remediation=Text(
        "Passez à SFTP ou à FTPS ; pour un automate qui ne sait que FTP, isolez-le derrière un relais interne.",
        "Move to SFTP or FTPS; isolate a device that knows FTP only behind an internal relay.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:21", "attack:T1040", "cwe:319", "rfc:4217"),
    check=check,
    reads=("hosts", "services"),
)
