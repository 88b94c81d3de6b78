"""The supplier must describe the security of its service in a plan (plan d'assurance sécurité, PAS), dated.

PGSSI-S 6.1.1.3, ANSSI hygiene measure 3 (TLM-03).
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import access_subject, accesses, living


def check(facts: RemoteAccessFacts) -> Verdict:
    """Current accesses without an accepted security plan."""
    rows = list(living(accesses(facts, "security_plan"), facts))
    return judged(
        len(rows),
        (Finding(access_subject(facts, row), {"line": row.line}) for row in rows if row.lacks("security_plan")),
    )


RULE = Rule(
    id="remote_access.register_security_plan",
    title=Text("Pas de plan d’assurance sécurité", "No security assurance plan"),
    message=Text(
        "{subject} (ligne {line} du registre) : aucun plan d’assurance sécurité accepté.",
        "{subject} (line {line} of the register): no security assurance plan accepted.",
    ),
    remediation=Text(
        "Demandez le PAS au fournisseur, relisez-le avec le responsable de l’équipement et notez sa date "
        "d’acceptation.",
        "Ask the supplier for its plan, go through it with the owner of the equipment and note the date it was "
        "accepted.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:TLM-03", "pgssi-s:6.1.1.3", "anssi-hygiene:3"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
