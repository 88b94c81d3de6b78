"""Without a contact, those who find a flaw in a hospital’s site tell nobody, or everybody (RFC 9116).

Named HTTPS sites without `/.well-known/security.txt`, or whose file has expired or bears no date.
"""

from __future__ import annotations

from datetime import datetime

from scanners.exposure.facts import ExposureFacts, SecurityText
from scanners.exposure.judging import Evidence, among_sites
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Named HTTPS sites that publish no valid security contact."""
    asked = [(end, http) for end, http in facts.web() if http.security_text is not None]
    return among_sites(asked, lambda http: _fault(http.security_text or SecurityText(), facts.collected_at))


def _fault(text: SecurityText, now: datetime) -> Evidence | None:
    if not text.found:
        return {"state": "absent"}
    if text.expires is None:
        return {"state": "undated"}
    return {"state": "expired"} if text.expires <= now else None


RULE = Rule(
    id="exposure.security_text_missing",
    title=Text(
        "Contact de sécurité absent",
        "Security contact missing",
    ),
    message=Text(
        "{subject} ne publie pas de security.txt valable ({state:absent=absent|undated=sans date "
        "d’expiration|expired=expiré}).",
        "{subject} publishes no valid security.txt ({state:absent=absent|undated=without an expiry "
        "date|expired=expired}).",
    ),
    remediation=Text(
        "Publiez « /.well-known/security.txt » avec une adresse relevée et une date d’expiration de moins d’un an.",
        "Publish `/.well-known/security.txt` with an address somebody reads and an expiry date less than a year away.",
    ),
    severity=Severity.INFO,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "rfc:9116"),
    check=check,
    reads=(
        "hosts",
        "services",
        "http",
    ),
)
