"""A server that lists its folders shows backups, exports and forgotten files.

Recognised by the title of the listing (“Index of /”…).
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.products import is_listing
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Web answers that list a folder."""
    web = facts.web()
    found = ((end, http) for end, http in web if is_listing(http))
    return judged(len(web), (Finding(end.subject, end.evidence() | {"title": http.title}) for end, http in found))


RULE = Rule(
    id="exposure.directory_listing",
    title=Text(
        "Liste de fichiers visible",
        "Directory listing",
    ),
    message=Text(
        "{subject} liste ses fichiers (« {title} »).",
        "{subject} lists its files (“{title}”).",
    ),
    remediation=Text(
        "Désactivez l’index automatique (« autoindex off », « Options -Indexes ») et vérifiez ce qui était visible.",
        "Turn off automatic indexes (`autoindex off`, `Options -Indexes`) and check what was visible.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "attack:T1083", "cwe:548"),
    check=check,
    reads=("hosts", "services", "http"),
)
