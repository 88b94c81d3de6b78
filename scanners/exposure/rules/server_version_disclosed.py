"""A version in a header saves an attacker the search for the right flaw.

`Server` and `X-Powered-By` headers that hold a version number, those of ASP.NET, `X-Generator`, and what the page says
made it (`<meta name="generator">`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanners.exposure.facts import ExposureFacts, Http
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs

_VERSION = re.compile(r"/[0-9]+\.[0-9]")
_NUMBER = re.compile(r"(?:^|[ /v])[0-9]+(?:\.[0-9]+)+")
_GENERATOR = re.compile(
    r"""<meta\s+name=["']generator["']\s+content=["']([^"'<>]{1,100})|"""
    r"""<meta\s+content=["']([^"'<>]{1,100})["']\s+name=["']generator["']""",
    re.IGNORECASE,
)


def check(facts: ExposureFacts) -> Verdict:
    """Web answers that tell a version."""
    web = facts.web()
    told = ((end, " ".join(_announced(http))) for end, http in web)
    return judged(len(web), (Finding(end.subject, {"announced": text}) for end, text in told if text))


def _announced(http: Http) -> Iterator[str]:
    usual = " ".join(filter(None, (http.header("server"), http.header("x-powered-by"))))
    if _VERSION.search(usual):
        yield usual
    for name in ("x-aspnet-version", "x-aspnetmvc-version"):
        if _NUMBER.search(http.header(name)):
            yield f"{name}: {http.header(name)}"
    made = _GENERATOR.search(http.text)
    for maker in (http.header("x-generator"), (made[1] or made[2]) if made else ""):
        if _NUMBER.search(maker):
            yield maker


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
        "Masquez la version (« server_tokens off », « ServerTokens Prod », « expose_php = Off », "
        '« enableVersionHeader="false" » dans web.config) et retirez la balise « generator » des pages.',
        "Hide the version (`server_tokens off`, `ServerTokens Prod`, `expose_php = Off`, `enableVersionHeader="
        '"false"` in web.config) and take the `generator` tag out of pages.',
    ),
    severity=Severity.INFO,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "attack:T1592.002", "cwe:200"),
    check=check,
    reads=("hosts", "services", "http"),
)
