"""The page a server shows before anyone configured it tells of a machine nobody looks after.

Recognised by the titles of nginx, Apache, IIS and Tomcat.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.products import is_default_page
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Web answers that are a default page."""
    web = facts.web()
    found = ((end, http) for end, http in web if is_default_page(http))
    return judged(len(web), (Finding(end.subject, end.evidence() | {"title": http.title}) for end, http in found))


RULE = Rule(
    id="exposure.default_page",
    title=Text(
        "Page par défaut d’un serveur",
        "Default page of a server",
    ),
    message=Text(
        "{subject} montre la page par défaut du serveur (« {title} »).",
        "{subject} shows the server’s default page (“{title}”).",
    ),
    remediation=Text(
        "Retirez le serveur d’Internet s’il ne sert pas, ou mettez-y le site attendu.",
        "Take the server off the Internet if it is of no use, or put the expected site on it.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:14", "cwe:1188"),
    check=check,
    reads=("hosts", "services", "http"),
)
