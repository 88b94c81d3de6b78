"""An access nobody uses is an access nobody watches: it should be closed and reopened when needed.

Threshold: 90 days without a login (TLM-26; the figure is ours, the yearly review is ReCyF 10.A.6). An account that
never served is judged by the day it was made; without that day nothing tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.listed import LISTED_ACCOUNTS
from scanners.remote_access.listed_judgement import as_of, judged_accounts, need, open_accounts, subject

UNUSED = timedelta(days=90)


def check(facts: RemoteAccessFacts) -> Verdict:
    """Open accounts of suppliers without a login for more than 90 days."""
    need(facts, LISTED_ACCOUNTS, "last_login")
    today, accounts = as_of(facts, LISTED_ACCOUNTS), open_accounts(facts)
    undated = tuple(subject(one.account) for one in accounts if one.last_login is None and one.created is None)
    return judged_accounts(
        facts,
        accounts,
        (
            Finding(
                subject(account.account),
                {"since": since.isoformat(), "days": (today - since).days, "line": account.line},
            )
            for account in accounts
            if (since := account.last_login or account.created) is not None and today - since > UNUSED
        ),
        undated,
        _undated(undated) if undated else None,
    )


def _undated(accounts: Sequence[str]) -> Text:
    count, first = len(accounts), accounts[0]
    return Text(
        f"{count} compte(s), dont {first}, n’ont ni dernière connexion ni date de création : rien ne dit depuis quand "
        "ils ne servent pas. Ajoutez la date de création à l’export, ou fermez-les s’ils n’ont jamais servi.",
        f"{count} account(s), among them {first}, have neither a last login nor a day of creation: nothing tells since "
        "when they are unused. Add the day of creation to the export, or close them if they never served.",
    )


RULE = Rule(
    id="remote_access.listed_unused",
    title=Text(
        "Compte de fournisseur inutilisé depuis plus de 90 jours", "Supplier’s account unused for more than 90 days"
    ),
    message=Text(
        "{subject} (ligne {line} de la liste des comptes) n’a pas servi depuis le {since} ({days} jours).",
        "{subject} (line {line} of the list of accounts) has not been used since {since} ({days} days).",
    ),
    remediation=Text(
        "Demandez au responsable de l’équipement si l’accès sert encore ; sinon, désactivez le compte.",
        "Ask the owner of the equipment whether the access is still needed; if not, disable the account.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:TLM-26", "attack:T1078"),
    check=check,
    reads=("listed_accounts",),
    kind=Kind.COMPUTED,
)
