"""A session cookie that scripts can read, or that other sites can have sent, is stolen or used by a single flaw.

Cookies whose name is one of a session (`session`, `sid`, `auth`, `token`…) without `HttpOnly`, or with `SameSite=None`,
or without `SameSite`.
"""

from __future__ import annotations

import re

from scanners.exposure.facts import Cookie, ExposureFacts, Http
from scanners.exposure.judging import Evidence, among_sites
from scanners.model import Rule, Severity, Text, Verdict, refs

_SESSION = re.compile(
    r"sess(?:ion)?_?id|(?:sess|session|auth|token)(?:$|[._-])|(?:^|[._-])sid(?:$|[._-])"
    r"|^(?:dsid|svpncookie|webvpn|nsc_aaac)$",
    re.IGNORECASE,
)
"""Names in use, then those of remote access gateways: Ivanti, FortiGate, Cisco, Citrix (F5’s ends with Session)."""
_READ_BY_SCRIPTS = re.compile(r"csrf|xsrf|consent", re.IGNORECASE)
"""Tokens against forged requests, and choices about cookies: the page’s own scripts must read them."""


def check(facts: ExposureFacts) -> Verdict:
    """Pages that set a session cookie without its protections."""
    return among_sites([(end, http) for end, http in facts.web() if any(map(_is_session, http.cookies))], _fault)


def _is_session(cookie: Cookie) -> bool:
    return _SESSION.search(cookie.name) is not None and _READ_BY_SCRIPTS.search(cookie.name) is None


def _fault(http: Http) -> Evidence | None:
    bare = {cookie.name: lacks for cookie in http.cookies if _is_session(cookie) and (lacks := _lacks(cookie))}
    if not bare:
        return None
    return {
        "cookies": ", ".join(bare),
        "missing": ", ".join(dict.fromkeys(one for lacks in bare.values() for one in lacks)),
    }


def _lacks(cookie: Cookie) -> tuple[str, ...]:
    same_site = cookie.same_site.lower() in {"lax", "strict"}
    return tuple(name for name, there in (("HttpOnly", cookie.http_only), ("SameSite", same_site)) if not there)


RULE = Rule(
    id="exposure.session_cookie_unprotected",
    title=Text(
        "Cookie de session mal protégé",
        "Session cookie poorly protected",
    ),
    message=Text(
        "Les cookies de session de {subject} ({cookies}) n’ont pas {missing}.",
        "The session cookies of {subject} ({cookies}) lack {missing}.",
    ),
    remediation=Text(
        "Ajoutez « HttpOnly » et « SameSite=Lax » aux cookies de session ; si l’authentification passe par un "
        "autre site, vérifiez que la connexion fonctionne encore.",
        "Add `HttpOnly` and `SameSite=Lax` to session cookies; when logging on goes through another site, check "
        "that it still works.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:1004", "cwe:1275"),
    check=check,
    reads=(
        "hosts",
        "services",
        "http",
    ),
)
