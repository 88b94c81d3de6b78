"""When each partition of the directory was last backed up, from the replication metadata of its head.

A backup that knows Active Directory signs the partitions (`dSASignature`): the date of that change is the backup's. A
snapshot of a virtual machine taken without the controller's knowledge signs nothing, and restores nothing sure either.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

from scanners.ad.ldap import collect_ber as ber
from scanners.ad.ldap.collect_connect import RootDse
from scanners.ad.ldap.collect_dump import Search
from scanners.ad.sources.collect_table import TableBuilder

COLUMN: Final = "lastBackup"
ATTRIBUTE: Final = "replPropertyMetaData"
NEVER: Final = 0
_SIGNATURE: Final = 0x2004A
"""`dSASignature` (1.2.840.113556.1.2.74), as every domain numbers it: prefix 2, MS-ADTS 5.16.4."""
_HEAD, _ITEM = struct.Struct("<IIII"), struct.Struct("<IIQ16sQQ")
"""PROPERTY_META_DATA_VECTOR and PROPERTY_META_DATA_EXT (MS-DRSR 5.163, 5.160); times are seconds since 1601."""
_TICKS: Final = 10_000_000
_HEADS: Final = ("defaultNamingContext", "configurationNamingContext", "schemaNamingContext")


def searches(_builder: TableBuilder, root: RootDse) -> Iterable[Search]:
    """The heads of the three partitions that every controller holds."""
    return [Search(root[head][0], ber.present("objectClass"), (ATTRIBUTE,), ber.SCOPE_BASE) for head in _HEADS]


def entry(builder: TableBuilder, dn: str, attributes: list[ber.Attribute]) -> None:
    """Note the date of one head; nothing when its metadata are withheld or are not what they should be."""
    row = builder.row_of(dn)
    for name, values in attributes:
        if name.lower() != ATTRIBUTE.lower().encode() or not values or row < 0:
            continue
        moment = last_backup(values[0])
        if moment is not None:
            builder.note(COLUMN, row, moment)


def last_backup(metadata: bytes) -> int | None:
    """The file time of the last signature, `NEVER` without one, None for what is not replication metadata."""
    if len(metadata) < _HEAD.size:
        return None
    version, _, count, _ = _HEAD.unpack_from(metadata)
    items = metadata[_HEAD.size :]
    if version != 1 or len(items) != count * _ITEM.size:
        return None
    signed = (seconds for number, _, seconds, *_ in _ITEM.iter_unpack(items) if number == _SIGNATURE)
    seconds = next(signed, NEVER)
    return seconds * _TICKS if seconds < (1 << 63) // _TICKS else None
