"""A redirection to an http address undoes the encryption of the page that sends it, and whoever listens can change it.

HTTPS pages whose redirections lead to an `http://` address. From a port in clear, nothing is lost: not judged.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Http
from scanners.exposure.judging import Evidence, among_sites
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Pages that redirect to an address in clear."""
    return among_sites(
        [(end, http) for end, http in facts.web() if http.redirects and end.port.tls is not None], _fault
    )


def _fault(http: Http) -> Evidence | None:
    last = http.redirects[-1]
    return {"location": last} if last.lower().startswith("http://") and not http.loops else None


RULE = Rule(
    id="exposure.redirect_in_clear",
    title=Text(
        "Redirection vers une adresse en clair",
        "Redirection to an address in clear",
    ),
    message=Text(
        "{subject} renvoie vers {location}, en clair.",
        "{subject} redirects to {location}, in clear.",
    ),
    remediation=Text(
        "Remplacez l’adresse de redirection par celle en https.",
        "Replace the address of the redirection by the https one.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:21", "cwe:319"),
    check=check,
    reads=(
        "hosts",
        "services",
        "http",
    ),
)
