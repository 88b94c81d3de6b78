"""Headers that tell the browser what a page may not do stop many attacks on its readers at no cost.

HTML pages (status 200 to 299) without a content security policy, without `nosniff`, that anyone may put in a frame
(neither `X-Frame-Options` nor `frame-ancestors`), or without a referrer policy. One finding lists what is missing.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Http
from scanners.exposure.judging import Evidence, among_sites
from scanners.exposure.products import is_page
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Pages without some of the protective headers."""
    return among_sites([(end, http) for end, http in facts.web() if is_page(http)], _fault)


def _fault(http: Http) -> Evidence | None:
    missing = ", ".join(_missing(http))
    return {"missing": missing, "title": http.title} if missing else None


def _missing(http: Http) -> list[str]:
    policy = http.header("content-security-policy").lower()
    framed = not http.header("x-frame-options") and "frame-ancestors" not in policy
    absent = {
        "Content-Security-Policy": not policy,
        "X-Content-Type-Options": http.header("x-content-type-options").lower() != "nosniff",
        "X-Frame-Options": framed,
        "Referrer-Policy": not http.header("referrer-policy") and "referrer" not in policy,
    }
    return [name for name, lacks in absent.items() if lacks]


RULE = Rule(
    id="exposure.security_headers_missing",
    title=Text(
        "En-têtes de sécurité absents",
        "Security headers missing",
    ),
    message=Text(
        "{subject} n’envoie pas {missing}.",
        "{subject} does not send {missing}.",
    ),
    remediation=Text(
        "Ajoutez nosniff et Referrer-Policy ; X-Frame-Options seulement après avoir listé les logiciels qui affichent "
        "le site dans un cadre ; la politique de sécurité du contenu (CSP) d’abord en mode « Report-Only ».",
        "Add nosniff and Referrer-Policy; X-Frame-Options only after listing the applications that show the site in a "
        "frame; the content security policy (CSP) in Report-Only mode first.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:693", "cwe:1021"),
    check=check,
    reads=(
        "hosts",
        "services",
        "http",
    ),
)
