"""A version in a header saves an attacker the search for the right flaw.

`Server` and `X-Powered-By` headers that hold a version number.
"""

from __future__ import annotations

import re

from scanners.exposure.facts import ExposureFacts, Http
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs

_VERSION = re.compile(r"/[0-9]+\.[0-9]")


def check(facts: ExposureFacts) -> Verdict:
    """Web answers that tell a version."""
    web = facts.web()
    told = ((end, _announced(http)) for end, http in web)
    return judged(len(web), (Finding(end.subject, {"announced": text}) for end, text in told if _VERSION.search(text)))


def _announced(http: Http) -> str:
    return " ".join(filter(None, (http.header("server"), http.header("x-powered-by"))))


RULE = Rule(
    id="exposure.server_version_disclosed",
    title=Text(
        "Version du serveur annoncée",
        "Server version announced",
    ),
    message=Text(
        "{subject} annonce « {announced} ».",
        "{subject} announces “{announced}”.",
    ),
    remediation=Text(
        "Masquez la version (« server_tokens off », « ServerTokens Prod », « expose_php = Off »).",
        "Hide the version (`server_tokens off`, `ServerTokens Prod`, `expose_php = Off`).",
    ),
    severity=Severity.INFO,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "attack:T1592.002", "cwe:200"),
    check=check,
    reads=("hosts", "services", "http"),
)
