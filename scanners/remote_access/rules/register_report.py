"""A supplier that leaves no report leaves the hospital without knowing what was changed on a device that treats people.

PGSSI-S 6.1.1.5, clausier santé O-9.13 (TLM-05): a report follows each intervention. Said in the register, else read in
the contract tied to the access; of the two, a no is believed.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import REPORT_CLAUSE, Access, RemoteAccessFacts
from scanners.remote_access.judgement import access_subject, accesses, clause_of, living


def check(facts: RemoteAccessFacts) -> Verdict:
    """Current accesses for which no report is owed; an empty cell is no proof."""
    rows = list(living(accesses(facts, "report"), facts))
    return judged(
        len(rows),
        (Finding(access_subject(facts, row), {"line": row.line}) for row in rows if not _owed(row)),
    )


def _owed(row: Access) -> bool:
    said = (row.report, clause_of(row, REPORT_CLAUSE))
    return False not in said and (True in said or "report" in row.unread)


RULE = Rule(
    id="remote_access.register_report",
    title=Text("Aucun rapport dû après une intervention", "No report owed after an intervention"),
    message=Text(
        "{subject} (ligne {line} du registre) : rien ne dit que chaque intervention donne lieu à un rapport.",
        "{subject} (line {line} of the register): nothing says that a report follows each intervention.",
    ),
    remediation=Text(
        "Faites inscrire au contrat un rapport après chaque intervention (clause O-9.13 : qui, quand, sur quoi, ce qui "
        "a changé), et ne clôturez plus un ticket sans lui.",
        "Have the contract ask for a report after each intervention (clause O-9.13: who, when, on what, what changed), "
        "and no longer close a ticket without it.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:TLM-05"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
