"""An access that is not fully described cannot be closed in an emergency: nobody knows whose it is nor how it enters.

TLM-01: supplier, equipment, owner, purpose, technology, accounts, start and end for every access (ReCyF 3.A: map of
suppliers and their contacts). A column the register does not have counts as empty.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.columns import headings
from scanners.remote_access.facts import Access, RemoteAccessFacts
from scanners.remote_access.judgement import access_subject, accesses

REQUIRED = ("supplier", "equipment", "owner", "purpose", "technology", "accounts", "starts", "ends")


def check(facts: RemoteAccessFacts) -> Verdict:
    """Rows of the register with an empty cell that matters."""
    rows = accesses(facts)
    return judged(
        len(rows),
        (
            Finding(access_subject(facts, row), {"missing": headings(missing), "line": row.line})
            for row in rows
            if (missing := _missing(row))
        ),
    )


def _missing(row: Access) -> list[str]:
    return [name for name in REQUIRED if row.lacks(name)]


RULE = Rule(
    id="remote_access.register_incomplete",
    title=Text("Accès incomplètement décrit", "Access not fully described"),
    message=Text(
        "{subject} (ligne {line} du registre) : il manque {missing}.",
        "{subject} (line {line} of the register): {missing} missing.",
    ),
    remediation=Text(
        "Complétez la ligne avec le responsable de l’équipement ; un accès dont personne ne répond doit être fermé.",
        "Complete the row with the owner of the equipment; an access nobody answers for must be closed.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:TLM-01"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
