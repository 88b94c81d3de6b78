"""People who left, as a list of human resources names them, against the accounts of the directory. Pure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from scanners.exchange import Directory
from scanners.workstations.facts import NEVER, Leaver, Leavers, day_number, day_of

if TYPE_CHECKING:
    from scanners.lists.reading import Table

MAX_STILL: Final = 5_000
"""Accounts still enabled that are named; their number is what matters beyond. Our choice."""


def leavers(table: Table, directory: Directory, today: date) -> Leavers:
    """Who is gone by `today`, once a person: the latest departure of each account."""
    last: dict[str, int] = {}
    for written, left in zip(table.frame["account"].tolist(), table.frame["left"].tolist(), strict=True):
        account = account_name(written)
        last[account] = max(last.get(account, NEVER), int(left))
    last.pop("", None)
    gone = {account: left for account, left in last.items() if NEVER < left <= day_number(today)}
    still = sorted(gone.keys() & directory.account_names)
    known = len(still) + len(gone.keys() & directory.closed_names)
    return Leavers(len(gone), known, tuple(Leaver(account, day_of(gone[account])) for account in still[:MAX_STILL]))


def account_name(written: str) -> str:
    """`HOPITAL\\dupont` and `dupont@hopital.fr` are the account `dupont`."""
    return written.strip().rpartition("\\")[2].partition("@")[0].lower()
