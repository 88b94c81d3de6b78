"""A site that redirects for ever serves nobody, and nobody has noticed: it is not looked after.

Redirections that come back to a page already seen, or that go on beyond five. A site that sets cookies meanwhile may
only be checking that they come back, which the audit never does: it is not judged.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Http
from scanners.exposure.judging import Evidence, among_sites
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Pages that redirect without end."""
    return among_sites([(end, http) for end, http in facts.web() if http.redirects and not http.cookies], _fault)


def _fault(http: Http) -> Evidence | None:
    return {"location": http.redirects[-1], "count": len(http.redirects)} if http.loops else None


RULE = Rule(
    id="exposure.redirect_loop",
    title=Text(
        "Redirection sans fin",
        "Endless redirection",
    ),
    message=Text(
        "{subject} redirige sans fin (dernière adresse : {location}).",
        "{subject} redirects without end (last address: {location}).",
    ),
    remediation=Text(
        "Corrigez la règle de redirection, ou retirez le site d’Internet s’il ne sert plus.",
        "Correct the redirection rule, or take the site off the Internet if nobody uses it.",
    ),
    severity=Severity.INFO,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:835"),
    check=check,
    reads=(
        "hosts",
        "services",
        "http",
    ),
)
