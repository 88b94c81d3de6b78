"""Every third party that comes in from outside owes a second factor, whatever the door it uses.

ANSSI R67, ReCyF 8.3 (TLM-12). The declared side of `single_factor`, for the accesses the gateway does not carry.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import access_subject, accesses, living


def check(facts: RemoteAccessFacts) -> Verdict:
    """Current accesses declared without a second factor; an empty cell is no proof."""
    rows = list(living(accesses(facts, "second_factor"), facts))
    return judged(
        len(rows),
        (
            Finding(access_subject(facts, row), {"technology": row.technology or "?", "line": row.line})
            for row in rows
            if row.second_factor is not True
        ),
    )


RULE = Rule(
    id="remote_access.register_second_factor",
    title=Text("Accès déclaré sans second facteur", "Access declared without a second factor"),
    message=Text(
        "{subject} (ligne {line} du registre) n’est pas déclaré avec un second facteur ({technology}).",
        "{subject} (line {line} of the register) is not declared with a second factor ({technology}).",
    ),
    remediation=Text(
        "Imposez un second facteur à cet accès, ou faites-le passer par la passerelle qui l’exige ; commencez par les "
        "accès qui touchent au soin et à l’annuaire.",
        "Impose a second factor on this access, or move it behind the gateway that requires one; begin with accesses "
        "that touch care and the directory.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:TLM-12", "attack:T1133"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
