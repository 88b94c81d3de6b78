"""An access closed on paper whose account still opens is the door that nobody watches any more.

TLM-26, TLM-28: what is of no use is removed, openings are limited in time. The accounts of accesses that a review wants
closed, and of those that the register has ended, are looked for among those that a list shows open. A list made before
the decision tells nothing of it: those accounts are left in doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs
from scanners.remote_access.facts import TO_CLOSE, Access, RemoteAccessFacts
from scanners.remote_access.judgement import accesses
from scanners.remote_access.listed import LISTED_ACCOUNTS, ListedAccount
from scanners.remote_access.listed_judgement import as_of, judged_accounts, need, open_accounts, subject
from scanners.remote_access.suppliers import account_key


def check(facts: RemoteAccessFacts) -> Verdict:
    """Open accounts of accesses to close, or ended, that no other access needs."""
    need(facts, LISTED_ACCOUNTS)
    over = _over(facts)
    accounts = open_accounts(facts)
    concerned = [(account, over[key]) for account in accounts if (key := account_key(account.account)) in over]
    made = as_of(facts, LISTED_ACCOUNTS)
    older = tuple(subject(account.account) for account, access in concerned if not _told(access, made))
    return judged_accounts(
        facts,
        accounts,
        (_finding(account, access) for account, access in concerned if _told(access, made)),
        older,
        _older(older) if older else None,
    )


def _over(facts: RemoteAccessFacts) -> Mapping[str, Access]:
    """The accesses to close or ended, by the key of each account that no access kept open uses."""
    rows = accesses(facts, "accounts", "decision")
    kept = _keys(row for row in rows if row.decision != TO_CLOSE)
    ended = facts.register.ended if facts.register else ()
    found = {**_keys(ended), **_keys(row for row in rows if row.decision == TO_CLOSE)}
    return {key: access for key, access in found.items() if key not in kept}


def _keys(rows: Iterable[Access]) -> dict[str, Access]:
    return {account_key(name): row for row in rows for name in row.accounts}


def _told(access: Access, made: date) -> bool:
    """Whether a list made that day can tell: it is later than the decision, or nobody noted when that was."""
    return access.decided is None or access.decided < made


def _finding(account: ListedAccount, access: Access) -> Finding:
    return Finding(
        subject(account.account),
        {
            "supplier": access.supplier,
            "equipment": access.equipment,
            "decided": str(access.decided or "—"),
            "line": account.line,
        },
    )


def _older(accounts: tuple[str, ...]) -> Text:
    count, first = len(accounts), accounts[0]
    return Text(
        f"{count} compte(s), dont {first}, étaient ouverts dans une liste qui n’est pas postérieure à la décision de "
        "les fermer ; apportez une liste plus récente.",
        f"{count} account(s), among them {first}, were open in a list that is not later than the decision to close "
        "them; bring a newer list.",
    )


RULE = Rule(
    id="remote_access.listed_to_close",
    title=Text(
        "Compte encore ouvert d’un accès fermé ou à fermer", "Account still open of an access closed or to close"
    ),
    message=Text(
        "{subject} (ligne {line} de la liste des comptes) est ouvert alors que l’accès de {supplier} à {equipment} est "
        "clos ou à fermer depuis le {decided}.",
        "{subject} (line {line} of the list of accounts) is open although the access of {supplier} to {equipment} is "
        "ended or to be closed since {decided}.",
    ),
    remediation=Text(
        "Désactivez le compte sur le pare-feu ou le VPN, terminez ses sessions, puis apportez une nouvelle liste. Si "
        "l’accès sert encore, rouvrez sa ligne au registre et faites-la confirmer par son responsable.",
        "Disable the account on the firewall or the VPN, end its sessions, then bring a new list. If the access is "
        "still needed, open its line of the register again and have its owner confirm it.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:TLM-26", "care-rules:TLM-28", "attack:T1078"),
    check=check,
    reads=("listed_accounts", "register"),
    kind=Kind.COMPUTED,
)
