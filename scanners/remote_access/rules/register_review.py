"""Rights given for a project stay when the project ends: each access must be reviewed at least once a year.

Threshold: 365 days (ReCyF 10.A.6, TLM-26).
"""

from __future__ import annotations

from datetime import timedelta

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import access_subject, accesses, living

LONGEST = timedelta(days=365)


def check(facts: RemoteAccessFacts) -> Verdict:
    """Current accesses not reviewed for more than a year, or never."""
    rows = list(living(accesses(facts, "reviewed"), facts))
    today = facts.collected_at.date()
    return judged(
        len(rows),
        (
            Finding(access_subject(facts, row), {"reviewed": str(row.reviewed or "—"), "line": row.line})
            for row in rows
            if row.lacks("reviewed") or (row.reviewed is not None and today - row.reviewed > LONGEST)
        ),
    )


RULE = Rule(
    id="remote_access.register_review",
    title=Text("Accès non revu depuis plus d’un an", "Access not reviewed for more than a year"),
    message=Text(
        "{subject} (ligne {line} du registre) n’a pas été revu depuis un an (dernière revue : {reviewed}).",
        "{subject} (line {line} of the register) has not been reviewed for a year (last review: {reviewed}).",
    ),
    remediation=Text(
        "Revoyez l’accès avec le responsable de l’équipement (besoin, comptes, droits), fermez ce qui ne sert plus et "
        "notez la date.",
        "Review the access with the owner of the equipment (need, accounts, rights), close what is no longer used and "
        "note the date.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:TLM-26"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
