"""A contract that has ended leaves an access open until someone closes it.

PGSSI-S 4.3.2.6 (TLM-28): openings are limited in time.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import UNSAID_OPEN, access_subject, accesses, unsaid_open


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accesses declared active after their end; of some nobody says whether they are."""
    rows = accesses(facts, "enabled", "ends")
    today = facts.collected_at.date()
    unsaid = [row for row in rows if row.ends is not None and row.ends < today and unsaid_open(row)]
    return judged(
        len(rows),
        (
            Finding(access_subject(facts, row), {"ended": row.ends.isoformat(), "line": row.line})
            for row in rows
            if row.enabled and row.ends is not None and row.ends < today
        ),
        (access_subject(facts, row) for row in unsaid),
        UNSAID_OPEN if unsaid else None,
    )


RULE = Rule(
    id="remote_access.register_ended",
    title=Text("Accès actif après sa date de fin", "Access active after its end"),
    message=Text(
        "{subject} (ligne {line} du registre) devait prendre fin le {ended} et reste actif.",
        "{subject} (line {line} of the register) was to end on {ended} and is still active.",
    ),
    remediation=Text(
        "Fermez l’accès, ou prolongez-le par écrit avec le responsable de l’équipement.",
        "Close the access, or extend it in writing with the owner of the equipment.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:TLM-28", "care-rules:TLM-11", "pgssi-s:4.3.2.6"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
