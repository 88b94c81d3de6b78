"""A session from an address that none of the account's keys admits came in by another way: a password, or a new key.

The addresses here are those that the gateway enforces; those expected by the register or a list are compared with
the sessions of lists, by `session_unexpected_source`.

ANSSI R22: those allowed come, if possible, from given addresses. Judged over 90 days (ours), on accounts all of whose
keys have a `from=` that names addresses and not half of the Internet.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import Account, RemoteAccessFacts
from scanners.remote_access.judgement import keys_of, recent_sessions, remote_accounts, subject
from scanners.remote_access.sources import admits, too_wide


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts that came from elsewhere; the latest such session is shown."""
    limited = {account.name: sources for account in remote_accounts(facts) if (sources := _sources(facts, account))}
    return judged(
        len(limited),
        (
            Finding(subject(facts, session.account), {"address": session.source, "since": session.started.isoformat()})
            for session in sorted(recent_sessions(facts), key=lambda one: one.started, reverse=True)
            if session.account in limited
            and all(admits(patterns, session.source) is False for patterns in limited[session.account])
        ),
    )


def _sources(facts: RemoteAccessFacts, account: Account) -> list[str]:
    """The `from=` of each key of an account; none when one key has none, or one that restrains nothing."""
    patterns = [key.options.get("from", "*") for key in keys_of(facts, account)]
    return [] if any(too_wide(pattern) for pattern in patterns) else patterns


RULE = Rule(
    id="remote_access.session_from_elsewhere",
    title=Text("Session d’une adresse qu’aucune clé n’admet", "Session from an address that no key admits"),
    message=Text(
        "{subject} s’est connecté depuis {address} le {since} : aucune de ses clés n’admet cette adresse.",
        "{subject} logged in from {address} on {since}: none of its keys admits this address.",
    ),
    remediation=Text(
        "Demandez au fournisseur s’il connaît cette adresse et par quel moyen il est entré ; sinon, fermez le compte "
        "et traitez l’affaire comme une intrusion.",
        "Ask the supplier whether it knows this address and how it came in; otherwise close the account and treat the "
        "matter as an intrusion.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ssh:R22", "attack:T1078"),
    check=check,
    reads=("accounts", "keys", "wtmp"),
)
