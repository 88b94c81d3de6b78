"""A password that never changes is known to every technician the supplier ever had.

Threshold: 365 days (CIS Debian 12, 5.4.1.1). Judged on accounts that have a usable password and that are still open.
"""

from __future__ import annotations

from datetime import timedelta

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import may_log_in, remote_accounts, subject

LONGEST = timedelta(days=365)
_MUST_CHANGE = 1970
"""The year that stands for “to be changed at the next login”."""


def check(facts: RemoteAccessFacts) -> Verdict:
    """Open accounts whose password is more than a year old."""
    today = facts.collected_at.date()
    accounts = [
        account
        for account in remote_accounts(facts)
        if account.password == "set" and may_log_in(account, facts)  # noqa: S105 - a state
    ]
    return judged(
        len(accounts),
        (
            Finding(subject(facts, account.name), {"since": since.isoformat(), "days": (today - since).days})
            for account in accounts
            if (since := account.password_changed) is not None and since.year > _MUST_CHANGE and today - since > LONGEST
        ),
    )


RULE = Rule(
    id="remote_access.old_password",
    title=Text("Mot de passe inchangé depuis plus d’un an", "Password unchanged for more than a year"),
    message=Text(
        "{subject} a le même mot de passe depuis le {since} ({days} jours).",
        "{subject} has had the same password since {since} ({days} days).",
    ),
    remediation=Text(
        "Verrouillez-le si la clé suffit (« passwd -l compte ») ; sinon changez-le, transmettez-le par un canal sûr et "
        "fixez « chage -M 365 compte ».",
        "Lock it if the key is enough (`passwd -l account`); otherwise change it, hand it over through a safe channel "
        "and set `chage -M 365 account`.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("cis:5.4.1.1", "attack:T1078"),
    check=check,
    reads=("accounts", "ageing", "keys"),
)
