"""A correction that an owner asked for and that nobody made leaves a register that is known to be wrong.

TLM-01: the register says what is. The decision is that of the last review; it stands until somebody says that the
correction is made.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import TO_CORRECT, RemoteAccessFacts
from scanners.remote_access.judgement import access_subject, accesses


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accesses whose review asked for a correction that is not made."""
    rows = accesses(facts, "decision")
    return judged(
        len(rows),
        (
            Finding(access_subject(facts, row), {"decided": str(row.decided or "—"), "line": row.line})
            for row in rows
            if row.decision == TO_CORRECT
        ),
    )


RULE = Rule(
    id="remote_access.register_to_correct",
    title=Text("Correction demandée en revue et pas faite", "Correction asked for in a review and not made"),
    message=Text(
        "{subject} (ligne {line} du registre) : une correction, demandée en revue le {decided}, n’est pas faite.",
        "{subject} (line {line} of the register): a correction was asked for in a review on {decided} and is not made.",
    ),
    remediation=Text(
        "Lisez la remarque du responsable sur la page de l’accès, corrigez l’accès et sa ligne du registre, puis "
        "confirmez sur cette page que c’est fait (dans un fichier : remplacez la décision par « confirmé »).",
        "Read the remark of the owner on the page of the access, correct the access and its line of the register, then "
        "confirm on that page that the correction is made (in a file: replace the decision with “confirmé”).",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:TLM-26", "care-rules:TLM-01"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
