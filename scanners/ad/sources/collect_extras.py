"""Further searches, once the naming contexts are read: for what would cost too much, or tell too much, asked of all.

An extra asks for few objects, or for none of their attributes (`NO_ATTRIBUTES`: does one exist?). Its columns are among
the `COMPUTED` ones; when one of its searches fails they count as never asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from scanners.ad.ldap import collect_ber as ber
from scanners.ad.ldap.collect_connect import RootDse
from scanners.ad.ldap.collect_dump import Search
from scanners.ad.sources import collect_addresses, collect_backups, collect_member_changes, collect_unix_passwords
from scanners.ad.sources.collect_table import TableBuilder

NO_ATTRIBUTES: Final = ber.NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Extra:
    """A few more searches; `entry` is given the name and attributes of each entry found, and notes what it tells in
    `columns`."""

    columns: tuple[str, ...]
    searches: Callable[[TableBuilder, RootDse], Iterable[Search]]
    entry: Callable[[TableBuilder, str, list[ber.Attribute]], None]


EXTRAS: Final[tuple[Extra, ...]] = (
    Extra((collect_backups.COLUMN,), collect_backups.searches, collect_backups.entry),
    Extra((collect_addresses.COLUMN,), collect_addresses.searches, collect_addresses.entry),
    Extra((collect_unix_passwords.COLUMN,), collect_unix_passwords.searches, collect_unix_passwords.entry),
    Extra((collect_member_changes.COLUMN,), collect_member_changes.searches, collect_member_changes.entry),
)
