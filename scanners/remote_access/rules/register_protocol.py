"""Without a written agreement nobody can say what a supplier may do, when, and who watches.

PGSSI-S 6.1.1.4 (TLM-04): objectives and scope, mutual duties, means, procedures, special rules. What can be told of it:
the access is tied to a contract, and clause O-9.7 of that contract (who does what during maintenance) was read there.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import PROTOCOL_CLAUSE, RemoteAccessFacts
from scanners.remote_access.judgement import access_subject, accesses, clause_of, living

_NOT_READ = Text(
    "Personne n’a relu dans certains contrats liés si un protocole fixe qui fait quoi (clause O-9.7) ; relisez leurs "
    "clauses.",
    "In some of the contracts tied, nobody read whether an agreement sets who does what (clause O-9.7); read their "
    "clauses.",
)


def check(facts: RemoteAccessFacts) -> Verdict:
    """Current accesses without a contract, or whose contract sets no agreement."""
    rows = list(living(accesses(facts, "contract"), facts))
    unread = [row for row in rows if row.contract and clause_of(row, PROTOCOL_CLAUSE) is None]
    return judged(
        len(rows),
        (
            Finding(access_subject(facts, row), {"contract": row.contract or None, "line": row.line})
            for row in rows
            if row.lacks("contract") or clause_of(row, PROTOCOL_CLAUSE) is False
        ),
        (access_subject(facts, row) for row in unread),
        _NOT_READ if unread else None,
    )


RULE = Rule(
    id="remote_access.register_protocol",
    title=Text("Pas de convention d’intervention", "No agreement on interventions"),
    message=Text(
        "{subject} (ligne {line} du registre) : aucune convention connue ne fixe qui fait quoi pendant une "
        "intervention (contrat : {contract:=aucun}).",
        "{subject} (line {line} of the register): no known agreement sets who does what during an intervention "
        "(contract: {contract:=none}).",
    ),
    remediation=Text(
        "Rattachez l’accès à son contrat, relisez-y la clause O-9.7 et demandez par avenant un protocole : périmètre, "
        "obligations de chacun, moyens, procédures, règles particulières.",
        "Tie the access to its contract, read clause O-9.7 there and ask by an amendment for an agreement: scope, "
        "mutual duties, means, procedures, special rules.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:TLM-04"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
