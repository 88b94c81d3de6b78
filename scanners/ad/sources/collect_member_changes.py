"""Who entered or left the privileged groups, from the replication metadata of their members.

The attribute is computed by the controller and asked for these groups only. Samba does not compute it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Final

from scanners.ad import sids
from scanners.ad.columns import Kind
from scanners.ad.ldap import collect_ber as ber
from scanners.ad.ldap.collect_connect import RootDse
from scanners.ad.ldap.collect_dump import Search
from scanners.ad.sources.collect_table import TableBuilder

COLUMN: Final = "memberChanges"
ATTRIBUTE: Final = "msDS-ReplValueMetaData"
_OF_DOMAIN: Final = "S-1-5-21-"
_RIDS: Final = (*sids.PRIVILEGED_RIDS, *sids.FOREST_PRIVILEGED_RIDS)
_NEVER: Final = "1601-01-01"
_MAX_CHANGES: Final = 2000


def searches(builder: TableBuilder, root: RootDse) -> Iterable[Search]:
    """One search for all the privileged groups that were read."""
    found = (builder.sid_of(row) for row in builder.rows_of(Kind.GROUP))
    privileged = [ber.equals("objectSid", sid) for sid in found if _privileged(sid)]
    if privileged:
        yield Search(root["defaultNamingContext"][0], ber.any_of(*privileged), [ATTRIBUTE])


def entry(builder: TableBuilder, dn: str, attributes: list[ber.Attribute]) -> None:
    """Keep the changes of one group. A list that the controller cut tells too little: as if it was not asked."""
    for name, values in attributes:
        told = name.decode("ascii", "replace").lower()
        if not told.startswith(ATTRIBUTE.lower()) or not values:
            continue
        if ";range=" in told and not told.endswith("-*"):
            builder.could_not_ask(COLUMN)
        changes = sorted(filter(None, map(member_change, values)), reverse=True)
        row = builder.row_of(dn)
        if changes and row >= 0:
            builder.tell(COLUMN, row, tuple(changes[:_MAX_CHANGES]))


def member_change(value: bytes) -> str:
    """`date|+ or -|distinguished name` of one value, empty when it is about another attribute or cannot be read."""
    text = value.decode("utf-8", "replace")
    changed, member = _field(text, "ftimeLastOriginatingChange"), html.unescape(_field(text, "pszObjectDn"))
    if _field(text, "pszAttributeName").lower() != "member" or not changed or not member:
        return ""
    removed = not _field(text, "ftimeDeleted").startswith(_NEVER)
    return f"{changed}|{'-' if removed else '+'}|{member}"


def _field(text: str, name: str) -> str:
    found = re.search(rf"<{name}>([^<]*)</{name}>", text)
    return found[1].strip() if found else ""


def _privileged(sid: str) -> bool:
    prefix, _, last = sid.rpartition("-")
    builtin = prefix == "S-1-5-32" and int(last) in sids.PRIVILEGED_BUILTIN
    return builtin or (sid.startswith(_OF_DOMAIN) and int(last) in _RIDS)
