"""An access open while nobody intervenes is open to whoever stole the supplier's key.

ANSSI R66 (TLM-11): accounts of third parties are activated on demand and closed afterwards.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import UNSAID_OPEN, access_subject, accesses, living, unsaid_open


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accesses declared active that no open intervention justifies; of some nobody says whether they are."""
    every = accesses(facts, "enabled", "intervention")
    rows, unsaid = [row for row in every if row.enabled], [row for row in living(every, facts) if unsaid_open(row)]
    return judged(
        len(rows) + len(unsaid),
        (Finding(access_subject(facts, row), {"line": row.line}) for row in rows if not row.intervention),
        (access_subject(facts, row) for row in unsaid),
        UNSAID_OPEN if unsaid else None,
    )


RULE = Rule(
    id="remote_access.register_open_intervention",
    title=Text("Accès ouvert sans intervention en cours", "Access open without an intervention"),
    message=Text(
        "{subject} (ligne {line} du registre) est actif sans intervention ouverte.",
        "{subject} (line {line} of the register) is active without an open intervention.",
    ),
    remediation=Text(
        "Fermez l’accès et convenez avec le fournisseur d’une ouverture à la demande, rattachée à un ticket ; prévoyez "
        "l’astreinte pour les équipements de soins.",
        "Close the access and agree with the supplier on opening it on demand, tied to a ticket; foresee an on-call "
        "procedure for care equipment.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:TLM-11", "care-rules:TLM-27"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
