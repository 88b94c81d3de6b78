"""A content security policy that allows any script protects from nothing.

Policies whose `script-src` (or, failing it, `default-src`) allows `unsafe-inline` without a nonce or a hash, or any
origin; or that have neither. With a nonce or a hash, `strict-dynamic` makes browsers ignore origins: it passes.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Http
from scanners.exposure.judging import Evidence, among_sites
from scanners.exposure.products import is_page
from scanners.model import Rule, Severity, Text, Verdict, refs

_ANYWHERE = frozenset({"*", "http:", "https:", "data:"})


def check(facts: ExposureFacts) -> Verdict:
    """Pages whose content security policy lets any script run."""
    told = [(end, http) for end, http in facts.web() if is_page(http) and http.header("content-security-policy")]
    return among_sites(told, _fault)


def _fault(http: Http) -> Evidence | None:
    sources = _sources(http.header("content-security-policy").lower())
    if sources is None:
        return {"policy": "script-src: –"}
    pinned = any(source.startswith(("'nonce-", "'sha256-", "'sha384-", "'sha512-")) for source in sources)
    wide = [] if pinned and "'strict-dynamic'" in sources else sorted(sources & _ANYWHERE)
    inline = [] if pinned else sorted(sources & {"'unsafe-inline'"})
    return {"policy": " ".join(wide + inline)} if wide + inline else None


def _sources(policy: str) -> set[str] | None:
    """What scripts may be loaded from; None when the policy does not say."""
    words = [part.split() for part in policy.split(";")]
    directives = {parts[0]: set(parts[1:]) for parts in reversed(words) if parts}
    return directives.get("script-src", directives.get("default-src"))


RULE = Rule(
    id="exposure.content_policy_permissive",
    title=Text(
        "Politique de sécurité du contenu (CSP) trop large",
        "Content security policy (CSP) too wide",
    ),
    message=Text(
        "La politique de sécurité du contenu (CSP) de {subject} laisse passer tout script ({policy}).",
        "The content security policy (CSP) of {subject} lets any script through ({policy}).",
    ),
    remediation=Text(
        "Limitez « script-src » aux origines nécessaires et remplacez « unsafe-inline » par un nonce, avec "
        "l’éditeur de l’application.",
        "Restrict `script-src` to the origins needed and replace `unsafe-inline` by a nonce, with the "
        "application’s vendor.",
    ),
    severity=Severity.INFO,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:693"),
    check=check,
    reads=(
        "hosts",
        "services",
        "http",
    ),
)
