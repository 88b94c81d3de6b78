"""The contract must say which level of the PGSSI-S rules the supplier keeps: 1 (intermediate) or 2 (higher).

PGSSI-S 6.1.1.1 (TLM-02).
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import access_subject, accesses, living


def check(facts: RemoteAccessFacts) -> Verdict:
    """Current accesses whose contract names no level."""
    rows = list(living(accesses(facts, "level"), facts))
    return judged(
        len(rows), (Finding(access_subject(facts, row), {"line": row.line}) for row in rows if row.lacks("level"))
    )


RULE = Rule(
    id="remote_access.register_level",
    title=Text("Contrat sans palier PGSSI-S", "Contract without PGSSI-S level"),
    message=Text(
        "{subject} (ligne {line} du registre) : aucun palier de règles d’intervention à distance n’est indiqué.",
        "{subject} (line {line} of the register): no level of the rules of remote intervention is given.",
    ),
    remediation=Text(
        "Demandez au fournisseur de s’engager par avenant sur le guide PGSSI-S et d’indiquer son palier (1 ou 2).",
        "Ask the supplier to commit to the PGSSI-S guide by an amendment, and to state its level (1 or 2).",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:TLM-02", "pgssi-s:6.1.1.1"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
