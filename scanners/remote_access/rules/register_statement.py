"""The security of a supplier changes with its people and its tools: it states it anew every year.

Clausier santé O-9.1.1, ANSSI R59 (TLM-23): the supplier fills every year its compliance with the PAMS referential.
Threshold: 365 days.
"""

from __future__ import annotations

from datetime import timedelta

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import access_subject, accesses, living, old

LONGEST = timedelta(days=365)


def check(facts: RemoteAccessFacts) -> Verdict:
    """Current accesses whose supplier has stated nothing for more than a year, or never."""
    rows = list(living(accesses(facts, "attested"), facts))
    return judged(
        len(rows),
        (
            Finding(access_subject(facts, row), {"attested": str(row.attested or "—"), "line": row.line})
            for row in rows
            if "attested" not in row.unread and old(row.attested, LONGEST, facts)
        ),
    )


RULE = Rule(
    id="remote_access.register_statement",
    title=Text("Pas de déclaration annuelle du fournisseur", "No yearly statement of the supplier"),
    message=Text(
        "{subject} (ligne {line} du registre) : le fournisseur n’a pas déclaré sa conformité depuis un an (dernière : "
        "{attested}).",
        "{subject} (line {line} of the register): the supplier has not stated its compliance for a year (last: "
        "{attested}).",
    ),
    remediation=Text(
        "Demandez au fournisseur son état de conformité de l’année au référentiel PAMS, ou la fiche que CaRE imprime "
        "pour lui, et notez la date au registre.",
        "Ask the supplier for this year’s statement of compliance with the PAMS referential, or the sheet that CaRE "
        "prints for it, and write the date in the register.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:TLM-23"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
