"""A page served in clear can be read and changed on its way.

Ports that answer to HTTP in clear with a page (status 200 to 299). A redirection to HTTPS passes.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Http
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Clear web ports that serve a page."""
    clear = [(end, http) for end, http in facts.web() if end.port.tls is None]
    served = ((end, http) for end, http in clear if http.status in range(200, 300) and not _to_https(http))
    return judged(len(clear), (Finding(end.subject, end.evidence() | {"title": http.title}) for end, http in served))


def _to_https(http: Http) -> bool:
    return http.location.lower().startswith("https://")


RULE = Rule(
    id="exposure.http_without_https",
    title=Text(
        "Site sans HTTPS",
        "Site without HTTPS",
    ),
    message=Text(
        "{subject} sert une page en clair (« {title} »).",
        "{subject} serves a page in clear (“{title}”).",
    ),
    remediation=Text(
        "Servez la page en HTTPS et redirigez le port en clair vers lui.",
        "Serve the page over HTTPS and redirect the clear port to it.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:21", "cwe:319"),
    check=check,
    reads=("hosts", "services", "http"),
)
