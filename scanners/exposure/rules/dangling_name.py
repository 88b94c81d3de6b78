"""A name that leads to a service given up can be taken over: a stranger then speaks in the hospital’s name.

Names whose alias (CNAME) leads to a name that does not exist, in none of the domains of the audit. Where that name
belongs to a provider that gives it to the first who asks, or where its own domain is gone, taking it over is a matter
of minutes. Nobody can take a name of our own domains: see `dangling_own_name`.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.providers import provider_of
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Names whose alias leads nowhere."""
    gone = (name for name in facts.searched_names() if name.alias and name.gone and not facts.is_ours(name.alias))
    found = (Finding(name.name, {"target": name.alias, "supplier": provider_of(name.alias)}) for name in gone)
    return judged(len(facts.found_names), found)


RULE = Rule(
    id="exposure.dangling_name",
    title=Text(
        "Alias DNS orphelin",
        "Dangling DNS alias",
    ),
    message=Text(
        "{subject} mène à {target}, qui n’existe plus.",
        "{subject} leads to {target}, which no longer exists.",
    ),
    remediation=Text(
        "Retirez l’alias de la zone, ou reprenez tout de suite le service derrière lui.",
        "Remove the alias from the zone, or take the service behind it back at once.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:350", "attack:T1584.001"),
    check=check,
    reads=("names",),
)
