"""A supplier's account without an end outlives the contract, and nobody is reminded of it.

ANSSI asks that third parties' accounts be open on demand and closed afterwards (R66); PGSSI-S 4.3.2.6 that openings
be limited in time. An expiry date on the account is the least; so are keys that all end by themselves (`expiry-time=`)
on an account that has no password.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import Account, RemoteAccessFacts
from scanners.remote_access.judgement import keys_of, remote_accounts, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts that never expire."""
    accounts = remote_accounts(facts)
    return judged(
        len(accounts),
        (
            Finding(subject(facts, account.name))
            for account in accounts
            if account.expires is None and not _keys_end(facts, account)
        ),
    )


def _keys_end(facts: RemoteAccessFacts, account: Account) -> bool:
    keys = keys_of(facts, account)
    return account.password == "locked" and bool(keys) and all(key.last_day for key in keys)  # noqa: S105 - a state


RULE = Rule(
    id="remote_access.account_without_expiry",
    title=Text("Compte sans date de fin", "Account without an end date"),
    message=Text("{subject} n’expire jamais.", "{subject} never expires."),
    remediation=Text(
        "Fixez une date de fin alignée sur le contrat ou l’intervention (« chage -E AAAA-MM-JJ compte ») et prévenez "
        "le fournisseur de la marche à suivre pour prolonger.",
        "Set an end date in line with the contract or the intervention (`chage -E YYYY-MM-DD account`) and tell the "
        "supplier how to extend it.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:TLM-11", "care-rules:TLM-28", "pgssi-s:4.3.2.6"),
    check=check,
    reads=("accounts", "ageing", "keys"),
)
