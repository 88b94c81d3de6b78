"""An owner who no longer wants an access has closed nothing: it opens until somebody cuts it.

TLM-26: accesses that are of no use are removed (ReCyF 10.A.6, 10.C.4). The decision is that of the last review; it
stands until the line is ended in the register.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import TO_CLOSE, RemoteAccessFacts
from scanners.remote_access.judgement import access_subject, accesses


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accesses still in the register although their review decided to close them."""
    rows = accesses(facts, "decision")
    return judged(
        len(rows),
        (
            Finding(access_subject(facts, row), {"decided": str(row.decided or "—"), "line": row.line})
            for row in rows
            if row.decision == TO_CLOSE
        ),
    )


RULE = Rule(
    id="remote_access.register_to_close",
    title=Text("Accès que son responsable veut fermer", "Access that its owner wants closed"),
    message=Text(
        "{subject} (ligne {line} du registre) est à fermer (décidé le {decided}) ; rien ne dit que c’est fait.",
        "{subject} (line {line} of the register) is to be closed (decided on {decided}); nothing says that it was.",
    ),
    remediation=Text(
        "Fermez les comptes, les règles de pare-feu et l’outil de cet accès, prévenez le fournisseur, puis clôturez la "
        "ligne du registre. S’il faut le garder, une nouvelle décision en revue le dit.",
        "Close the accounts, the firewall rules and the tool of this access, tell the supplier, then end the line of "
        "the register. If it must be kept, a new decision in a review says so.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:TLM-26", "attack:T1133"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
