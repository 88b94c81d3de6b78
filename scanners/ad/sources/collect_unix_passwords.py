"""Which accounts keep a password in a Unix attribute: asked by a filter, no attribute is requested nor received."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from scanners.ad.ldap import collect_ber as ber
from scanners.ad.ldap.collect_connect import RootDse
from scanners.ad.ldap.collect_dump import Search
from scanners.ad.sources.collect_table import TableBuilder

COLUMN: Final = "unixPassword"
_ATTRIBUTES: Final = ("unixUserPassword", "userPassword")


def searches(_builder: TableBuilder, root: RootDse) -> Iterable[Search]:
    """One search in the domain."""
    yield Search(root["defaultNamingContext"][0], ber.any_of(*map(ber.present, _ATTRIBUTES)), ber.NO_ATTRIBUTES)


def entry(builder: TableBuilder, dn: str, _attributes: list[ber.Attribute]) -> None:
    """An object that has one."""
    row = builder.row_of(dn)
    if row >= 0:
        builder.note(COLUMN, row, 1)
