"""Without a report, nobody in the hospital knows what a supplier changed, nor can undo it.

TLM-05: a report follows each intervention (PGSSI-S 6.1.1.5, clausier santé O-9.13). Fifteen days are left for it
(ours).
"""

from __future__ import annotations

from datetime import date, timedelta

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.listed import TICKETS, ListedTicket
from scanners.remote_access.listed_judgement import as_of, need

PATIENCE = timedelta(days=15)


def check(facts: RemoteAccessFacts) -> Verdict:
    """Interventions that ended more than fifteen days ago and of which no report came."""
    need(facts, TICKETS, "report")
    need(facts, TICKETS, "closed", "window_end")
    today = as_of(facts, TICKETS)
    ended = [(ticket, day) for ticket in facts.listed.tickets if (day := _ended(ticket)) is not None]
    due = [(ticket, day) for ticket, day in ended if today - day > PATIENCE or ticket.report is not None]
    return judged(
        len(due),
        (
            Finding(
                f"ticket/{ticket.number}",
                {"supplier": ticket.supplier, "ended": day.isoformat(), "line": ticket.line},
            )
            for ticket, day in due
            if ticket.report is None
        ),
    )


def _ended(ticket: ListedTicket) -> date | None:
    ended = ticket.closed or ticket.window_end
    return ended.date() if ended else None


RULE = Rule(
    id="remote_access.intervention_without_report",
    title=Text("Intervention sans compte rendu", "Intervention without a report"),
    message=Text(
        "{subject} (ligne {line} de la liste des tickets), terminée le {ended}, n’a pas de compte rendu.",
        "{subject} (line {line} of the list of tickets), ended on {ended}, has no report.",
    ),
    remediation=Text(
        "Réclamez le compte rendu au fournisseur (ce qui a été fait, changé, laissé ouvert) et joignez-le au ticket.",
        "Ask the supplier for the report (what was done, changed, left open) and attach it to the ticket.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:TLM-05"),
    check=check,
    reads=("tickets",),
    kind=Kind.COMPUTED,
)
