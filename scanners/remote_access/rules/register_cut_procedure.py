"""A name is not enough at three in the morning: whoever cuts an access must read how on a sheet of paper.

TLM-29, from the containment theme of ANSSI's crisis maturity grid (9.2): a named person and a procedure.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import access_subject, accesses, living


def check(facts: RemoteAccessFacts) -> Verdict:
    """Current accesses for which nothing says how to cut them."""
    rows = list(living(accesses(facts, "emergency_how"), facts))
    return judged(
        len(rows),
        (Finding(access_subject(facts, row), {"line": row.line}) for row in rows if row.lacks("emergency_how")),
    )


RULE = Rule(
    id="remote_access.register_cut_procedure",
    title=Text("Coupure d’urgence non écrite", "Emergency cut not written down"),
    message=Text(
        "{subject} (ligne {line} du registre) : rien ne dit comment couper cet accès en urgence.",
        "{subject} (line {line} of the register): nothing says how to cut this access in an emergency.",
    ),
    remediation=Text(
        "Écrivez le geste au registre (compte à désactiver, règle du pare-feu, prise à débrancher), en une ligne que "
        "l’astreinte comprend ; la mallette de crise l’imprime.",
        "Write the gesture in the register (account to disable, firewall rule, plug to pull), in one line that those "
        "on call understand; the crisis pack prints it.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:TLM-29"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
