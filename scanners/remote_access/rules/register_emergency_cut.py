"""On the day of an attack all remote accesses must be cut within minutes, by someone whose name is written down.

TLM-29, from the containment theme of ANSSI's crisis maturity grid (9.2).
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import access_subject, accesses, living


def check(facts: RemoteAccessFacts) -> Verdict:
    """Current accesses with nobody named to cut them."""
    rows = list(living(accesses(facts, "emergency_contact"), facts))
    return judged(
        len(rows),
        (Finding(access_subject(facts, row), {"line": row.line}) for row in rows if not row.emergency_contact),
    )


RULE = Rule(
    id="remote_access.register_emergency_cut",
    title=Text("Pas de contact pour la coupure d’urgence", "No contact for the emergency cut"),
    message=Text(
        "{subject} (ligne {line} du registre) : personne n’est désigné pour couper cet accès en urgence.",
        "{subject} (line {line} of the register): nobody is named to cut this access in an emergency.",
    ),
    remediation=Text(
        "Désignez une personne et son remplaçant, écrivez la procédure de coupure sur la fiche de crise (papier) et "
        "essayez-la lors d’un exercice, en vérifiant que le soin peut s’en passer.",
        "Name a person and a substitute, write the procedure on the crisis sheet (paper) and try it in an exercise, "
        "checking that care can do without the access.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:TLM-29"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
