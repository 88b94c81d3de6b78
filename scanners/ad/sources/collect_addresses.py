"""The addresses of the controllers, from the records of the domain's own DNS zone when the directory holds it."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final

from scanners.ad.columns import Kind
from scanners.ad.ldap import collect_ber as ber
from scanners.ad.ldap.collect_connect import RootDse
from scanners.ad.ldap.collect_dump import Search
from scanners.ad.sources.collect_table import TableBuilder

COLUMN: Final = "addresses"
ATTRIBUTE: Final = "dnsRecord"
_A, _AAAA = 1, 28
_DATA: Final = 24
"""Where the data of a record begin (MS-DNSP 2.3.2.2), after their length (2 bytes) and type (2 bytes)."""
_SIZES: Final = {_A: 4, _AAAA: 16}


def searches(builder: TableBuilder, root: RootDse) -> Iterable[Search]:
    """One search per zone named as the domain, for all servers of the sites at once."""
    names = sorted(_servers(builder))
    own = ".".join(part.partition("=")[2] for part in root["defaultNamingContext"][0].split(",")).lower()
    if names:
        match = ber.any_of(*(ber.equals("name", name) for name in names))
        for row in builder.rows_of(Kind.DNS_ZONE):
            if _first(builder.dn_of(row)) == own:
                yield Search(builder.dn_of(row), match, (ATTRIBUTE,), ber.SCOPE_LEVEL)


def entry(builder: TableBuilder, dn: str, attributes: list[ber.Attribute]) -> None:
    """Tell the addresses of one name, on the server that bears it."""
    found = {
        address
        for name, values in attributes
        if name.lower() == ATTRIBUTE.lower().encode()
        for value in values
        if (address := address_of(value))
    }
    row = _servers(builder).get(_first(dn), -1)
    if found and row >= 0:
        builder.tell(COLUMN, row, tuple(sorted(found)))


def address_of(record: bytes) -> str:
    """The address that a record gives, empty for a record of another type, cut, or of this machine or link only."""
    kind = int.from_bytes(record[2:4], "little")
    size = _SIZES.get(kind, 0)
    data = record[_DATA:]
    if not size or len(data) != size or int.from_bytes(record[:2], "little") != size:
        return ""
    address = ip_address(data)
    return "" if address.is_link_local or address.is_loopback else str(address)


def _servers(builder: TableBuilder) -> dict[str, int]:
    return {_first(builder.dn_of(row)): row for row in builder.rows_of(Kind.SERVER)}


def _first(dn: str) -> str:
    """The value of the first part of a distinguished name, in small letters."""
    return dn.partition(",")[0].partition("=")[2].lower()
