"""An account past its end that still works has no contract behind it any more, and nobody to answer for it.

TLM-11: accounts are closed after the intervention; TLM-26: rights are reviewed, what is unused is removed.
"""

from __future__ import annotations

from collections.abc import Sequence

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.listed import LISTED_ACCOUNTS
from scanners.remote_access.listed_judgement import as_of, judged_accounts, need, subject, supplier_accounts


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts of suppliers whose end is past and that the list says enabled."""
    need(facts, LISTED_ACCOUNTS, "expires")
    need(facts, LISTED_ACCOUNTS, "enabled")
    today, accounts = as_of(facts, LISTED_ACCOUNTS), supplier_accounts(facts)
    past = [account for account in accounts if account.expires is not None and account.expires < today]
    unsaid = tuple(subject(account.account) for account in past if account.enabled is None)
    return judged_accounts(
        facts,
        accounts,
        (
            Finding(subject(account.account), {"expired_on": account.expires.isoformat(), "line": account.line})
            for account in past
            if account.enabled is True and account.expires is not None
        ),
        unsaid,
        _unsaid(unsaid) if unsaid else None,
    )


def _unsaid(accounts: Sequence[str]) -> Text:
    count, first = len(accounts), accounts[0]
    return Text(
        f"{count} compte(s), dont {first}, sont échus sans que la liste dise s’ils sont encore actifs ; complétez "
        "l’export, ou désactivez-les.",
        f"{count} account(s), among them {first}, are past their end and the list does not say whether they are still "
        "enabled; complete the export, or disable them.",
    )


RULE = Rule(
    id="remote_access.listed_expired",
    title=Text("Compte de fournisseur échu mais actif", "Supplier’s account past its end but enabled"),
    message=Text(
        "{subject} (ligne {line} de la liste des comptes) devait finir le {expired_on} et reste actif.",
        "{subject} (line {line} of the list of accounts) was to end on {expired_on} and is still enabled.",
    ),
    remediation=Text(
        "Désactivez le compte ; si l’accès sert encore, faites confirmer le besoin et fixez une nouvelle fin.",
        "Disable the account; if the access is still needed, have the need confirmed and set a new end.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:TLM-11", "care-rules:TLM-26", "attack:T1078"),
    check=check,
    reads=("listed_accounts",),
    kind=Kind.COMPUTED,
)
