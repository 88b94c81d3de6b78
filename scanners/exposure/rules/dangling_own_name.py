"""An alias to a name of our own that is gone is a door painted on a wall: users meet errors, the zone is not kept.

Names whose alias (CNAME) leads to a name that does not exist in a domain of the audit. No stranger can create it; it
still tells of a service withdrawn in haste, and becomes dangerous the day that domain is given up.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Names whose alias leads to a name of ours that is gone."""
    gone = (name for name in facts.searched_names() if name.alias and name.gone and facts.is_ours(name.alias))
    return judged(len(facts.found_names), (Finding(name.name, {"target": name.alias}) for name in gone))


RULE = Rule(
    id="exposure.dangling_own_name",
    title=Text(
        "Alias vers un nom de l’établissement disparu",
        "Alias to a name of the establishment that is gone",
    ),
    message=Text(
        "{subject} mène à {target}, un nom de vos domaines qui n’existe plus.",
        "{subject} leads to {target}, a name of your domains that no longer exists.",
    ),
    remediation=Text(
        "Retirez l’alias de la zone, ou recréez le nom auquel il mène.",
        "Remove the alias from the zone, or create the name it leads to again.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:1059"),
    check=check,
    reads=("names",),
)
