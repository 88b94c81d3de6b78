"""A flow opened in a firewall for a project outlives it unless somebody asks every year whether it is still needed.

PGSSI-S 4.3.2.6 (TLM-28): openings are limited in time and approved again at least yearly. Threshold: 365 days.
"""

from __future__ import annotations

from datetime import timedelta

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import access_subject, accesses, living, old

LONGEST = timedelta(days=365)


def check(facts: RemoteAccessFacts) -> Verdict:
    """Current accesses whose flows were not approved for more than a year, or never."""
    rows = list(living(accesses(facts, "flow_reviewed"), facts))
    return judged(
        len(rows),
        (
            Finding(access_subject(facts, row), {"reviewed": str(row.flow_reviewed or "—"), "line": row.line})
            for row in rows
            if "flow_reviewed" not in row.unread and old(row.flow_reviewed, LONGEST, facts)
        ),
    )


RULE = Rule(
    id="remote_access.register_flow_review",
    title=Text("Ouverture de flux non revalidée", "Opening of flows not approved again"),
    message=Text(
        "{subject} (ligne {line} du registre) : l’ouverture de ses flux n’a pas été revalidée depuis un an "
        "(dernière fois : {reviewed}).",
        "{subject} (line {line} of the register): the opening of its flows has not been approved again for a year "
        "(last time: {reviewed}).",
    ),
    remediation=Text(
        "Relisez avec l’équipe réseau les règles de filtrage de cet accès, retirez ce qui ne sert plus, donnez une fin "
        "au reste et notez la date.",
        "Go through the filtering rules of this access with the network team, remove what is no longer needed, give "
        "the rest an end and note the date.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:TLM-28", "pgssi-s:4.3.2.6"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
