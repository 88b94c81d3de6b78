"""A supplier's account that stays open between interventions is a door that anyone with its password may use.

TLM-11: accounts are activated on demand and closed after the intervention (ANSSI R66). The accounts of suppliers that
may come in are compared with the tickets that are open on the day of the list.
"""

from __future__ import annotations

from datetime import UTC, datetime, time

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.listed import LISTED_ACCOUNTS, TICKETS
from scanners.remote_access.listed_judgement import (
    as_of,
    interventions,
    is_open,
    judged_accounts,
    need,
    open_accounts,
    subject,
)


def check(facts: RemoteAccessFacts) -> Verdict:
    """Open accounts of suppliers that no open intervention concerns."""
    need(facts, LISTED_ACCOUNTS)
    tickets = interventions(facts)
    need(facts, TICKETS, "closed", "window_end")
    noon = datetime.combine(min(as_of(facts, LISTED_ACCOUNTS), as_of(facts, TICKETS)), time(12), UTC)
    accounts = open_accounts(facts)
    return judged_accounts(
        facts,
        accounts,
        (
            Finding(subject(account.account), {"supplier": account.company, "line": account.line})
            for account in accounts
            if not any(is_open(ticket, noon) for ticket in tickets.of(account.account))
        ),
    )


RULE = Rule(
    id="remote_access.listed_open_without_ticket",
    title=Text("Compte de fournisseur ouvert sans intervention", "Supplier’s account open without an intervention"),
    message=Text(
        "{subject} (ligne {line} de la liste des comptes) est ouvert alors qu’aucune intervention ne l’est.",
        "{subject} (line {line} of the list of accounts) is open although no intervention is.",
    ),
    remediation=Text(
        "Désactivez le compte sur le pare-feu ou le VPN et n’ouvrez les accès qu’à la demande, le temps d’un ticket.",
        "Disable the account on the firewall or the VPN and open accesses on demand only, for the time of a ticket.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:TLM-11", "attack:T1133"),
    check=check,
    reads=("listed_accounts", "tickets"),
    kind=Kind.COMPUTED,
)
