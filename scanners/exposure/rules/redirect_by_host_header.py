"""A site that redirects to whatever name the visitor announces lends its address to those who set traps.

Asked once under an invented name (`care-audit.invalid`), the page redirects to that name (which a
single sign-on may well carry among its parameters). Behind a shared cache, this
sends other visitors there; in a reset-password mail, it leaks the link.
"""

from __future__ import annotations

import re

from scanners.exposure.facts import INVENTED_NAME, ExposureFacts, Http
from scanners.exposure.judging import Evidence, among_sites
from scanners.model import Rule, Severity, Text, Verdict, refs

_TO_INVENTED = re.compile(rf"(?:https?:)?//(?:[^/?#@]*@)?{re.escape(INVENTED_NAME)}(?:[:/?#]|$)", re.IGNORECASE)
"""An address whose host is the invented name."""


def check(facts: ExposureFacts) -> Verdict:
    """Pages that redirect to an invented name."""
    asked = [(end, http) for end, http in facts.web() if http.invented is not None]
    return among_sites(asked, _fault)


def _fault(http: Http) -> Evidence | None:
    location = http.invented or ""
    return {"location": location} if _TO_INVENTED.match(location) else None


RULE = Rule(
    id="exposure.redirect_by_host_header",
    title=Text(
        "Redirection vers un nom inventé",
        "Redirection to an invented name",
    ),
    message=Text(
        "{subject} renvoie le visiteur vers le nom qu’il annonce ({location}).",
        "{subject} redirects the visitor to the name it announces ({location}).",
    ),
    remediation=Text(
        "Écrivez le nom du site dans la redirection, puis refusez les noms inconnus après avoir listé tous "
        "les noms encore appelés, et les appels par adresse.",
        "Write the site’s name in the redirection, then refuse unknown names after listing every name still "
        "called, and calls by address.",
    ),
    severity=Severity.INFO,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:601", "cwe:644"),
    check=check,
    reads=(
        "hosts",
        "services",
        "http",
    ),
)
