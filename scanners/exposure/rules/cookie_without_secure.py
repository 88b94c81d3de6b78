"""A cookie without `Secure` is sent in clear as soon as somebody makes the browser ask for the http address.

Cookies set by HTTPS pages without the attribute.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Http
from scanners.exposure.judging import Evidence, among_sites
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """HTTPS pages that set a cookie without Secure."""
    return among_sites([(end, http) for end, http in facts.web() if end.port.tls is not None], _fault)


def _fault(http: Http) -> Evidence | None:
    names = ", ".join(cookie.name for cookie in http.cookies if not cookie.secure)
    return {"cookies": names} if names else None


RULE = Rule(
    id="exposure.cookie_without_secure",
    title=Text(
        "Cookie sans l’attribut Secure",
        "Cookie without the Secure attribute",
    ),
    message=Text(
        "{subject} dépose des cookies sans l’attribut Secure : {cookies}.",
        "{subject} sets cookies without the Secure attribute: {cookies}.",
    ),
    remediation=Text(
        "Ajoutez « Secure » à tous les cookies du site en HTTPS (réglage de l’application ou du relais).",
        "Add `Secure` to every cookie of the HTTPS site (a setting of the application or of the reverse proxy).",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:614"),
    check=check,
    reads=(
        "hosts",
        "services",
        "http",
    ),
)
