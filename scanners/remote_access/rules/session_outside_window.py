"""A session outside the hours that were agreed happens when nobody expects it, nor watches.

TLM-11: accesses are open for the time of the intervention; TLM-28: the opening of flows is limited in time. Half an
hour of grace at each end (ours). Sessions without a ticket are another rule.
"""

from __future__ import annotations

from datetime import timedelta

from scanners.model import Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.listed import SESSIONS, TICKETS, ListedSession, ListedTicket
from scanners.remote_access.listed_judgement import by_account, covered, interventions, need

GRACE = timedelta(minutes=30)


def check(facts: RemoteAccessFacts) -> Verdict:
    """Sessions that go over the window of each ticket that allows them."""
    need(facts, SESSIONS)
    tickets = interventions(facts)
    need(facts, TICKETS, "window_start", "window_end")
    sessions, doubt = covered(facts, tickets)
    known = [(session, allowing) for session in sessions if (allowing := tickets.allowing(session))]
    outside = (session for session, allowing in known if not any(_inside(session, one) for one in allowing))
    return judged(len(known), by_account(outside), doubt=doubt)


def _inside(session: ListedSession, ticket: ListedTicket) -> bool:
    ended = session.end or session.start
    early = ticket.window_start is not None and session.start < ticket.window_start - GRACE
    late = ticket.window_end is not None and ended > ticket.window_end + GRACE
    return not (early or late)


RULE = Rule(
    id="remote_access.session_outside_window",
    title=Text("Sessions hors des heures convenues", "Sessions outside the agreed hours"),
    message=Text(
        "{subject} a été en session {sessions} fois hors des heures de son ticket, la dernière le {latest} "
        "(ligne {line}).",
        "{subject} was in session {sessions} time(s) outside the hours of its ticket, the latest on {latest} "
        "(line {line}).",
    ),
    remediation=Text(
        "Faites expliquer l’écart par le fournisseur, et bornez l’accès aux heures du ticket sur le pare-feu.",
        "Have the supplier explain the difference, and bound the access to the hours of the ticket on the firewall.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:TLM-11", "care-rules:TLM-28", "attack:T1133"),
    check=check,
    reads=("sessions", "tickets"),
    kind=Kind.COMPUTED,
)
