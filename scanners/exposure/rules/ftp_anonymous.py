"""An FTP server that opens to the public account shows its files to anyone, and sometimes takes theirs.

`anonymous` is the protocol's public account, not a guessed password. Only the login is tried; no file is listed.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import without_access_control
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """FTP servers that let `anonymous` in."""
    return without_access_control(facts, "ftp")


RULE = Rule(
    id="exposure.ftp_anonymous",
    title=Text(
        "FTP anonyme",
        "Anonymous FTP",
    ),
    message=Text(
        "{subject} accepte une connexion FTP anonyme.",
        "{subject} accepts an anonymous FTP login.",
    ),
    remediation=Text(
        "Désactivez le compte anonyme, vérifiez qu’aucune donnée de santé n’a été déposée, et remplacez FTP par SFTP.",
        "Disable the anonymous account, check that no health data was left there, and replace FTP by SFTP.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:12", "attack:T1133", "cwe:306"),
    check=check,
    reads=("hosts", "services"),
)
