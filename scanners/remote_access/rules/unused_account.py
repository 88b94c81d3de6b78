"""An access nobody uses is an access nobody watches: it should be closed and reopened when needed.

Threshold: 90 days without a login (TLM-26; the figure is ours, the yearly review is ReCyF 10.A.6). An account never
used is judged by the age of its password record, so that one made last week is left alone.
"""

from __future__ import annotations

from datetime import date, timedelta

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import Account, RemoteAccessFacts
from scanners.remote_access.judgement import may_log_in, remote_accounts, subject

UNUSED = timedelta(days=90)


def check(facts: RemoteAccessFacts) -> Verdict:
    """Open accounts without a login for more than 90 days."""
    accounts = [account for account in remote_accounts(facts) if may_log_in(account, facts)]
    today = facts.collected_at.date()
    return judged(
        len(accounts),
        (
            Finding(subject(facts, account.name), {"since": since.isoformat(), "days": (today - since).days})
            for account in accounts
            if (since := _last_sign(account)) is not None and today - since > UNUSED
        ),
    )


def _last_sign(account: Account) -> date | None:
    if account.last_login is not None:
        return account.last_login.date()
    return account.password_changed


RULE = Rule(
    id="remote_access.unused_account",
    title=Text("Compte inutilisé depuis plus de 90 jours", "Account unused for more than 90 days"),
    message=Text(
        "{subject} n’a pas servi depuis le {since} ({days} jours).",
        "{subject} has not been used since {since} ({days} days).",
    ),
    remediation=Text(
        "Demandez au responsable de l’équipement si l’accès sert encore ; sinon, expirez le compte et retirez ses "
        "clés.",
        "Ask the owner of the equipment whether the access is still needed; if not, expire the account and remove its "
        "keys.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ssh:R22", "care-rules:TLM-26", "attack:T1078"),
    check=check,
    reads=("accounts", "ageing", "lastlog", "keys"),
)
