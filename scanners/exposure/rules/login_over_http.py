"""A password typed on a clear page is read by whoever sees the traffic.

Clear pages with a password field, or that ask for HTTP authentication.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Clear web ports that ask for a password."""
    clear = [(end, http) for end, http in facts.web() if end.port.tls is None]
    asking = ((end, http) for end, http in clear if http.password_field or http.header("www-authenticate"))
    return judged(len(clear), (Finding(end.subject, end.evidence() | {"title": http.title}) for end, http in asking))


RULE = Rule(
    id="exposure.login_over_http",
    title=Text(
        "Mot de passe demandé en clair",
        "Password asked for in clear",
    ),
    message=Text(
        "{subject} demande un mot de passe sur une page en clair (« {title} »).",
        "{subject} asks for a password on a clear page (“{title}”).",
    ),
    remediation=Text(
        "Passez la page en HTTPS avant toute nouvelle connexion, et faites changer les mots de passe qui y ont servi.",
        "Move the page to HTTPS before anyone logs in again, and have the passwords used there changed.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:21", "attack:T1040", "cwe:523"),
    check=check,
    reads=("hosts", "services", "http"),
)
