"""A supplier that reaches its equipment directly escapes filtering, recording and the emergency cut.

PGSSI-S 6.1.2.1 (TLM-07): access only through a dedicated gateway that cannot be bypassed.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import access_subject, accesses, living


def check(facts: RemoteAccessFacts) -> Verdict:
    """Current accesses that do not go through the gateway; an empty cell is no proof."""
    rows = list(living(accesses(facts, "gateway"), facts))
    return judged(
        len(rows),
        (
            Finding(access_subject(facts, row), {"technology": row.technology or "?", "line": row.line})
            for row in rows
            if row.gateway is not True
        ),
    )


RULE = Rule(
    id="remote_access.register_gateway",
    title=Text("Accès direct, hors passerelle", "Direct access, outside the gateway"),
    message=Text(
        "{subject} (ligne {line} du registre) n’est pas déclaré passer par la passerelle ({technology}).",
        "{subject} (line {line} of the register) is not declared as going through the gateway ({technology}).",
    ),
    remediation=Text(
        "Faites passer cet accès par la passerelle, limitée à l’équipement prévu ; à défaut (PGSSI-S 6.1.2.2), exigez "
        "chiffrement de bout en bout, authentification mutuelle et filtrage par adresse.",
        "Move this access behind the gateway, limited to the planned equipment; failing that (PGSSI-S 6.1.2.2), "
        "require end-to-end encryption, mutual authentication and address filtering.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:TLM-07", "pgssi-s:6.1.2.1", "pgssi-s:6.1.2.2", "attack:T1133"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
