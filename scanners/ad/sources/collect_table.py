"""Turns the entries of a directory dump into the columns of `scanners.ad.columns`, one entry at a time."""

from __future__ import annotations

import base64
import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Final, TypeVar
from uuid import UUID

import numpy as np

from scanners.ad.columns import (
    ALL_COLUMNS,
    BLOBS,
    BOOLEANS,
    GUIDS,
    INTEGERS,
    SIDS,
    TEXTS,
    TIMES,
    TRUSTEES,
    Kind,
    Objects,
    int_column,
)
from scanners.ad.descriptors import MALFORMED, WITHHELD, DescriptorReader, Descriptors
from scanners.ad.facts import file_time
from scanners.ad.sids import decode_sid

ATTRIBUTES: Final = (
    "objectClass",
    "objectSid",
    "nTSecurityDescriptor",
    "member",
    "dNSProperty",
    "msDS-KeyCredentialLink",
    "description",
    "info",
    "isDeleted",
    "mail",
    *TIMES,
    *BOOLEANS,
    *INTEGERS,
    *TEXTS,
    *SIDS,
    *GUIDS,
    *TRUSTEES,
    *BLOBS,
)
"""What the dump asks for, by name: never `*`, never a secret."""

_MAX_VALUE = 65_536
"""Longer values are left out, which is a gap: a cut one would be taken for the whole (links of policies, above all)."""
_DELETED: Final = "\\0ADEL:"
"""Stands in the name of a tombstone or a recycled object (MS-ADTS 3.1.1.5.5)."""

_CLASSES: Final = (
    (b"msds-groupmanagedserviceaccount", Kind.GMSA),
    (b"msds-managedserviceaccount", Kind.SMSA),
    (b"msds-delegatedmanagedserviceaccount", Kind.DMSA),
    (b"computer", Kind.COMPUTER),
    (b"user", Kind.USER),
    (b"group", Kind.GROUP),
    (b"foreignsecurityprincipal", Kind.FOREIGN),
    (b"grouppolicycontainer", Kind.GPO),
    (b"organizationalunit", Kind.OU),
    (b"trusteddomain", Kind.TRUST),
    (b"msds-passwordsettings", Kind.PSO),
    (b"pkicertificatetemplate", Kind.TEMPLATE),
    (b"pkienrollmentservice", Kind.ENROLLMENT),
    (b"certificationauthority", Kind.CA),
    (b"ntfrsreplicaset", Kind.NTFRS),
    (b"ntfrssubscriber", Kind.NTFRS),
    (b"dnszone", Kind.DNS_ZONE),
    (b"domaindns", Kind.DOMAIN),
    (b"site", Kind.SITE),
    (b"server", Kind.SERVER),
    (b"ntdsdsa", Kind.DSA),
    (b"ntdsdsaro", Kind.DSA),
    (b"classschema", Kind.CLASS),
    (b"attributeschema", Kind.ATTRIBUTE),
    (b"secret", Kind.SECRET),
    (b"mskds-provrootkey", Kind.KDS_KEY),
    (b"displayspecifier", Kind.DISPLAY),
    (b"crossref", Kind.CROSS_REF),
    (b"msds-authnpolicysilo", Kind.SILO),
    (b"dmd", Kind.SCHEMA),
    (b"mspki-enterprise-oid", Kind.OID),
    (b"subnet", Kind.SUBNET),
    (b"container", Kind.CONTAINER),
    (b"builtindomain", Kind.CONTAINER),
)
"""The first class an object has decides: the most precise ones come first."""

_TICKS_PER_SECOND: Final = 10_000_000
_RANGE = re.compile(r"([a-z0-9-]+);range=(\d{1,9})-(\d{1,9}|\*)\Z")
_DNS_ALLOW_UPDATE: Final = 2
_MAX_FREE_TEXT: Final = 4096
"""Where a password is looked for: descriptions are short, and the search grows faster than what it looks through."""
_TELLS_PASSWORD = re.compile(
    rb"(?i)\b(mdp|mot[ _-]?de[ _-]?passe|password|passwd|pwd|pass|code)\s*(initial|provisoire|temporaire)?\s*[:=]\s*\S"
)

Values = Sequence[bytes]
Handler = Callable[[int, Values], None]
T = TypeVar("T")


class TableBuilder:
    """Columns under construction.

    `rejected` counts values and descriptors that could not be decoded and were left out; `last_rejected` is the
    distinguished name of the last object concerned.
    """

    def __init__(self) -> None:
        self.descriptors = DescriptorReader()
        self.rejected = 0
        self.last_rejected = ""
        self.unfinished: dict[tuple[str, str], int] = {}
        """Attributes that came in part: distinguished name and attribute to the first position not yet received."""
        self._dn: list[str] = []
        self._kind = array("b")
        self._prefixes: dict[str, int] = {}
        self._prefix_names: list[str] = []
        self._of_kind: dict[Kind, tuple[int, list[int]]] = {}
        """Rows of a kind, and how many objects there were when they were looked for."""
        self._prefix_of: dict[bytes, int] = {}
        self._sid_prefix = array("i")
        self._sid_rid = array("q")
        self._descriptor = array("i")
        self._ints: dict[str, tuple[array[int], array[int]]] = {}
        self._texts: dict[str, dict[int, tuple[str, ...]]] = {}
        self._members: list[tuple[int, list[bytes]]] = []
        self._deleted: list[int] = []
        self._noted: dict[str, dict[int, int]] = {}
        self._told: dict[str, dict[int, tuple[str, ...]]] = {}
        self.asked = ALL_COLUMNS
        """What the source is asked for; less what could not be asked."""
        self._kinds: dict[tuple[bytes, ...], Kind] = {}
        self._handlers: dict[bytes, Handler] = {}
        self._by_name = self._all_handlers()

    def __len__(self) -> int:
        return len(self._dn)

    @property
    def accounts(self) -> int:
        """How many users and computers were read so far."""
        return self._kind.count(Kind.USER) + self._kind.count(Kind.COMPUTER)

    def add(self, dn: bytes, attributes: Sequence[tuple[bytes, list[bytes]]]) -> None:
        """One entry."""
        row = len(self._dn)
        self._dn.append(dn.decode("utf-8", "replace"))
        self._kind.append(Kind.OPAQUE)
        self._sid_prefix.append(-1)
        self._sid_rid.append(-1)
        self._descriptor.append(WITHHELD)
        handlers = self._handlers
        for name, values in attributes:
            handler = handlers.get(name)
            if handler is None:
                handler = handlers[name] = self._handler(name)
            if values:
                handler(row, values)

    def add_more(self, row: int, attributes: Sequence[tuple[bytes, list[bytes]]]) -> None:
        """Members of a group known otherwise, or a further range of the values of an object."""
        for name, values in attributes:
            if values and (name == b"member" or b";range=" in name.lower()):
                self._handler(name)(row, values)

    def row_of(self, dn: str) -> int:
        """The row of an entry already added, -1 when there is none. Once all is read only."""
        return self._rows.get(dn.lower(), -1)

    def note(self, column: str, row: int, value: int) -> None:
        """A value that a further search told of an object already read."""
        self._noted.setdefault(column, {})[row] = value

    def tell(self, column: str, row: int, values: tuple[str, ...]) -> None:
        """The same for a column of texts."""
        self._told.setdefault(column, {})[row] = values

    def rows_of(self, kind: Kind) -> list[int]:
        """The rows of one kind read so far."""
        count, found = self._of_kind.get(kind, (0, []))
        if count != len(self):
            found = [row for row, one in enumerate(self._kind) if one == kind]
            self._of_kind[kind] = len(self), found
        return found

    def dn_of(self, row: int) -> str:
        """The distinguished name of an object."""
        return self._dn[row]

    def sid_of(self, row: int) -> str:
        """The SID of an object in its written form, empty when it has none."""
        prefix = self._sid_prefix[row]
        if len(self._prefix_names) != len(self._prefixes):
            self._prefix_names = list(self._prefixes)
        return f"{self._prefix_names[prefix]}-{self._sid_rid[row]}" if prefix >= 0 else ""

    def could_not_ask(self, *columns: str) -> None:
        """A further search failed: what these columns would have said is not known."""
        self.asked -= frozenset(columns)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {dn.lower(): row for row, dn in enumerate(self._dn)}

    def tables(self) -> tuple[Objects, Descriptors]:
        """The finished columns. What they are made of is let go on the way, so that memory does not hold both."""
        member_of, member, outside = self._membership()
        self._members.clear()
        self._handlers.clear()
        self._by_name.clear()
        self.__dict__.pop("_rows", None)
        kinds = np.array(self._kind, dtype=np.int64)
        kinds[self._deleted] = Kind.DELETED
        for name, values in self._noted.items():
            self._ints[name] = (array("i", sorted(values)), array("q", [values[row] for row in sorted(values)]))
        for name, texts in self._told.items():
            self._texts[name] = dict(sorted(texts.items()))
        objects = Objects(
            dn=tuple(self._dn),
            kind=kinds,
            prefixes=tuple(self._prefixes),
            sid_prefix=np.array(self._sid_prefix, dtype=np.int64),
            sid_rid=np.array(self._sid_rid, dtype=np.int64),
            descriptor=np.array(self._descriptor, dtype=np.int64),
            member_of=np.array(member_of, dtype=np.int64),
            member=np.array(member, dtype=np.int64),
            outside=outside,
            int_columns={name: int_column(rows, values) for name, (rows, values) in _taken(self._ints) if rows},
            text_columns={name: _in_order(column) for name, column in _taken(self._texts) if column},
            asked=self.asked,
        )
        return objects, self.descriptors.table()

    def _membership(self) -> tuple[array[int], array[int], dict[int, tuple[str, ...]]]:
        by_dn = self._rows
        member_of, member = array("q"), array("q")
        outside: dict[int, tuple[str, ...]] = {}
        for group, values in self._members:
            names = [value.decode("utf-8", "replace") for value in values]
            rows = [by_dn.get(name.lower(), -1) for name in names]
            found = [row for row in rows if row >= 0]
            member_of.extend([group] * len(found))
            member.extend(found)
            if len(found) < len(rows):
                strangers = tuple(
                    name for name, row in zip(names, rows, strict=True) if row < 0 and _DELETED not in name
                )
                outside.update({group: outside.get(group, ()) + strangers} if strangers else {})
        return member_of, member, dict(sorted(outside.items()))

    def _handler(self, name: bytes) -> Handler:
        """How the values of an attribute are kept; a part of them (`member;range=…`) joins the others."""
        text = name.decode("ascii", "replace").lower()
        part = _RANGE.match(text)
        if part is None:
            return self._by_name.get(text, self._ignore)
        return self._ranged(part[1], int(part[2]), part[3])

    def _all_handlers(self) -> dict[str, Handler]:
        special: dict[str, Handler] = {
            "objectClass": self._add_class,
            "objectSid": self._add_sid,
            "nTSecurityDescriptor": self._add_descriptor,
            "member": lambda row, values: self._members.append((row, list(values))),
            "dNSProperty": self._add_dns_property,
            "msDS-KeyCredentialLink": self._counter("keyCredentials"),
            "description": self._add_description,
            "info": self._add_description,
            "isDeleted": self._add_deleted,
            "mail": self._counter("hasMail"),
        }
        made = {name: self._int(name, int) for name in INTEGERS}
        made |= {name: self._int(name, _generalized_time) for name in TIMES}
        made |= {name: self._int(name, lambda value: int(value == b"TRUE")) for name in BOOLEANS}
        made |= {name: self._text(name, _plain) for name in TEXTS}
        made |= {name: self._text(name, decode_sid) for name in SIDS}
        made |= {name: self._text(name, _guid) for name in GUIDS}
        made |= {name: self._text(name, _in_base64) for name in BLOBS}
        made |= {name: self._trustees(name) for name in TRUSTEES}
        return {name.lower(): handler for name, handler in (special | made).items()}

    def _ignore(self, row: int, values: Values) -> None:
        """An attribute nobody asked for."""

    def _add_class(self, row: int, values: Values) -> None:
        if self._kind[row] != Kind.OPAQUE:
            self._reject(row)
            return
        classes = tuple(values)
        kind = self._kinds.get(classes)
        if kind is None:
            names = {value.lower() for value in classes}
            kind = self._kinds[classes] = next((kind for name, kind in _CLASSES if name in names), Kind.OTHER)
        self._kind[row] = kind

    def _add_deleted(self, row: int, values: Values) -> None:
        if values[0] == b"TRUE":
            self._deleted.append(row)

    def _add_sid(self, row: int, values: Values) -> None:
        raw = values[0]
        if self._sid_prefix[row] >= 0:
            self._reject(row)
            return
        head = raw[:-4]
        prefix = self._prefix_of.get(head)
        if prefix is None:
            try:
                text = decode_sid(raw).rpartition("-")[0]
            except ValueError:
                self._reject(row)
                return
            prefix = self._prefix_of[head] = self._prefixes.setdefault(text, len(self._prefixes))
        self._sid_prefix[row] = prefix
        self._sid_rid[row] = int.from_bytes(raw[-4:], "little")

    def _add_descriptor(self, row: int, values: Values) -> None:
        if self._descriptor[row] != WITHHELD:
            self._reject(row)
            return
        index = self._descriptor[row] = self.descriptors.add(values[0])
        if index == MALFORMED:
            self._reject(row)

    def _reject(self, row: int) -> None:
        self.rejected += 1
        self.last_rejected = self._dn[row]

    def _add_description(self, row: int, values: Values) -> None:
        """Whether a free text tells a password: nothing of it is kept."""
        rows, kept = self._ints.setdefault("tellsPassword", (array("i"), array("q")))
        if any(_TELLS_PASSWORD.search(value[:_MAX_FREE_TEXT]) for value in values):
            kept[_place(rows, kept, row)] = 1

    def _int(self, name: str, decode: Callable[[bytes], int]) -> Handler:
        rows, kept = self._ints.setdefault(name, (array("i"), array("q")))

        def handle(row: int, values: Values) -> None:
            if rows and rows[-1] >= row:  # a second value of what has one only
                self._reject(row)
                return
            try:
                kept.append(decode(values[0]))
            except (ValueError, OverflowError):
                self._reject(row)
            else:
                rows.append(row)

        return handle

    def _counter(self, name: str) -> Handler:
        rows, kept = self._ints.setdefault(name, (array("i"), array("q")))

        def handle(row: int, values: Values) -> None:
            kept[_place(rows, kept, row)] += len(values)

        return handle

    def _text(self, name: str, decode: Callable[[bytes], str]) -> Handler:
        column = self._texts.setdefault(name, {})

        def handle(row: int, values: Values) -> None:
            try:
                column[row] = column.get(row, ()) + tuple([decode(value) for value in values])
            except ValueError:
                self._reject(row)

        return handle

    def _trustees(self, name: str) -> Handler:
        column = self._texts.setdefault(name, {})

        def handle(row: int, values: Values) -> None:
            try:
                allowed = self.descriptors.trustees(values[0])
            except ValueError:
                self._reject(row)
                return
            if row in column:
                self._reject(row)
            elif allowed:
                column[row] = allowed

        return handle

    def _ranged(self, attribute: str, first: int, last: str) -> Handler:
        """Values of which the server keeps the rest for later (AD gives 1,500 at a time).

        A range that does not go on from the one before is left out: members between them would be lost, or told twice.
        """
        keep = self._by_name.get(attribute, self._ignore)

        def handle(row: int, values: Values) -> None:
            at = self._dn[row], attribute
            if first != self.unfinished.get(at, 0) or (last != "*" and int(last) < first):
                self._reject(row)
                return
            keep(row, values)
            self.unfinished.pop(at, None)
            if last != "*":
                self.unfinished[at] = int(last) + 1

        return handle

    def _add_dns_property(self, row: int, values: Values) -> None:
        """Properties of a zone (MS-DNSP 2.3.2.1): lengths, then at byte 16 the id, at byte 20 the value."""
        for value in values:
            if len(value) >= 21 and int.from_bytes(value[16:20], "little") == _DNS_ALLOW_UPDATE:
                rows, kept = self._ints.setdefault("dnsAllowUpdate", (array("i"), array("q")))
                if rows and rows[-1] >= row:
                    self._reject(row)
                    return
                rows.append(row)
                kept.append(value[20])
                return


def _generalized_time(value: bytes) -> int:
    """The file time of `20260309101500.0Z`, whatever its fraction of a second."""
    moment, point, fraction = value[:-1].partition(b".")
    if value[-1:] != b"Z" or len(moment) != 14 or not moment.isdigit() or (point and not fraction.isdigit()):
        raise ValueError("not a generalized time")
    hours, minutes, seconds = int(moment[8:10]), int(moment[10:12]), int(moment[12:])
    if hours > 23 or minutes > 59 or seconds > 60:
        raise ValueError("no such time of day")
    return _midnight(moment[:8]) + (hours * 3600 + minutes * 60 + seconds) * _TICKS_PER_SECOND


@lru_cache(maxsize=4096)
def _midnight(day: bytes) -> int:
    """The file time at which a day (`YYYYMMDD`) begins; most objects share few days."""
    return file_time(datetime.strptime(day.decode(), "%Y%m%d").replace(tzinfo=UTC))


def _place(rows: array[int], kept: array[int], row: int) -> int:
    """Where the value of a row stands in a column, with a zero when it had none: rows stay in order."""
    at = bisect_left(rows, row) if rows and rows[-1] >= row else len(rows)
    if at == len(rows) or rows[at] != row:
        rows.insert(at, row)
        kept.insert(at, 0)
    return at


def _taken(columns: dict[str, T]) -> Iterator[tuple[str, T]]:
    """Every column by its name, in order, taken out of the dictionary."""
    for name in list(columns):
        yield name, columns.pop(name)


def _in_order(column: dict[int, tuple[str, ...]]) -> dict[int, tuple[str, ...]]:
    """By ascending row: a further range may have told of a row whose first values could not be decoded."""
    rows = sorted(column)
    return column if rows == list(column) else {row: column[row] for row in rows}


def _plain(value: bytes) -> str:
    if len(value) > _MAX_VALUE:
        raise ValueError("value of absurd size")
    return value.decode("utf-8", "replace")


def _guid(value: bytes) -> str:
    return str(UUID(bytes_le=value))


def _in_base64(value: bytes) -> str:
    if len(value) > _MAX_VALUE:
        raise ValueError("value of absurd size")
    return base64.b64encode(value).decode()
