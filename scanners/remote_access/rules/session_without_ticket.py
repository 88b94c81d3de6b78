"""A supplier who comes in without having been announced cannot be told from an intruder who has its password.

TLM-27: remote maintenance is announced before it starts (clausier santé O-12.2.5.3). A session needs a ticket of its
account, or of its company, that was open when it began.
"""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.listed import SESSIONS
from scanners.remote_access.listed_judgement import by_account, covered, interventions, need


def check(facts: RemoteAccessFacts) -> Verdict:
    """Sessions of suppliers that began without an open ticket."""
    need(facts, SESSIONS)
    tickets = interventions(facts)
    sessions, doubt = covered(facts, tickets)
    found = by_account(session for session in sessions if not tickets.allowing(session))
    return judged(len(sessions), found, doubt=doubt)


RULE = Rule(
    id="remote_access.session_without_ticket",
    title=Text("Sessions de fournisseur sans ticket", "Supplier’s sessions without a ticket"),
    message=Text(
        "{subject} a ouvert {sessions} session(s) qu’aucun ticket n’annonçait, la dernière le {latest} (ligne {line}).",
        "{subject} opened {sessions} session(s) that no ticket announced, the latest on {latest} (line {line}).",
    ),
    remediation=Text(
        "Demandez au fournisseur qui est entré et pourquoi ; fermez l’accès tant que vous n’avez pas de réponse, puis "
        "n’ouvrez que sur ticket.",
        "Ask the supplier who came in and why; close the access until you have an answer, then open it on a ticket "
        "only.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:TLM-27", "care-rules:TLM-11", "attack:T1133"),
    check=check,
    reads=("sessions", "tickets"),
    kind=Kind.COMPUTED,
)
