"""Security descriptors, read once each: distinct descriptors and distinct access entries become columns.

A directory holds few distinct access entries, even when every descriptor differs: entries are recognised by their
bytes, descriptors by a digest. Layouts are those of MS-DTYP 2.4.
"""

from __future__ import annotations

import hashlib
import struct
from array import array
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from scanners.ad.sids import EVERYONE, decode_sid

Ints = NDArray[np.int64]

WITHHELD = -1
"""Index of the descriptor of an object whose descriptor the server did not give."""
MALFORMED = -2
"""Index of the descriptor of an object whose descriptor could not be decoded."""

DACL_PRESENT = 0x0004
DACL_PROTECTED = 0x1000

ALLOW, DENY, ALLOW_OBJECT, DENY_OBJECT = 0x00, 0x01, 0x05, 0x06
CONDITIONAL_DENY, CONDITIONAL_DENY_OBJECT = 0x0A, 0x0C
"""Refusals under a condition that we do not evaluate: they may not apply, and hide no right."""
_CALLBACK = {0x09: ALLOW, 0x0B: ALLOW_OBJECT}
"""Permissions under a condition count as if it were met."""
_OF_OBJECT = (ALLOW_OBJECT, DENY_OBJECT, CONDITIONAL_DENY_OBJECT)
_OF_SOMEBODY = (ALLOW, DENY, CONDITIONAL_DENY, *_OF_OBJECT)
INHERIT_ONLY = 0x08
INHERITED = 0x10

CREATE_CHILD = 0x1
LIST_CHILDREN = 0x4
SELF_WRITE = 0x8
READ_PROPERTY = 0x10
WRITE_PROPERTY = 0x20
DELETE_TREE = 0x40
LIST_OBJECT = 0x80
CONTROL_ACCESS = 0x100
DELETE = 0x10000
READ_CONTROL = 0x20000
WRITE_DACL = 0x40000
WRITE_OWNER = 0x80000
GENERIC_ALL = 0x10000000
GENERIC_EXECUTE = 0x20000000
GENERIC_WRITE = 0x40000000
GENERIC_READ = 0x80000000
FULL_CONTROL = 0xF01FF

_HEADER = struct.Struct("<BBHIIII")
_ACL = struct.Struct("<BBHHH")
_ACE = struct.Struct("<BBHI")
_MAX_BYTES = 65_536 * 2
"""A descriptor holds at most two ACL of 64 kB (MS-DTYP 2.4.5)."""


@dataclass(frozen=True)
class Descriptors:
    """Distinct descriptors as columns.

    `owner` and `control` have one value per descriptor; the entries of descriptor `i` are
    `entries[start[i]:start[i + 1]]`, indices into the `ace_*` columns (one value per distinct entry). `ace_trustee`
    and `owner` index `sids`, `ace_object` and `ace_inherited` index `guids`; -1 means none. A DACL that is announced
    and absent is no DACL: `control` does not have `DACL_PRESENT` then.
    """

    owner: Ints
    control: Ints
    start: Ints
    entries: Ints
    ace_type: Ints
    ace_flags: Ints
    ace_mask: Ints
    ace_object: Ints
    ace_inherited: Ints
    ace_trustee: Ints
    sids: tuple[str, ...]
    guids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.owner)

    def entries_of(self, index: int) -> Ints:
        """Indices of the entries of one descriptor, in the order of its DACL."""
        return self.entries[self.start[index] : self.start[index + 1]]

    def owner_sid(self, index: int) -> str | None:
        """The owner's SID, None when the descriptor has none."""
        owner = int(self.owner[index])
        return self.sids[owner] if owner >= 0 else None

    def trustee_sid(self, ace: int) -> str:
        """The SID an entry is about, empty for kinds of entries that are not about anybody."""
        trustee = int(self.ace_trustee[ace])
        return self.sids[trustee] if trustee >= 0 else ""

    def object_guid(self, ace: int) -> str:
        """The attribute, property set or extended right an entry is limited to, empty when it is not."""
        guid = int(self.ace_object[ace])
        return self.guids[guid] if guid >= 0 else ""


class DescriptorReader:
    """Decodes descriptors as they come and keeps each distinct one once."""

    def __init__(self) -> None:
        self._known: dict[bytes, int] = {}
        self._aces: dict[bytes, int] = {}
        self._sids: dict[bytes, int] = {}
        self._guids: dict[bytes, int] = {}
        self._sid_texts: list[str] = []
        self._owner = array("q")
        self._control = array("q")
        self._start = array("q", [0])
        self._entries = array("q")
        self._ace_columns: tuple[array[int], ...] = tuple(array("q") for _ in range(6))

    def add(self, raw: bytes) -> int:
        """Index of this descriptor, `MALFORMED` when it cannot be decoded."""
        digest = hashlib.blake2b(raw, digest_size=16).digest()
        known = self._known.get(digest)
        if known is None:
            known = self._known[digest] = self._read(raw)
        return known

    def trustees(self, raw: bytes) -> tuple[str, ...]:
        """SIDs allowed by a descriptor held in an attribute (delegation, gMSA readers); ValueError if malformed.

        Without DACL it refuses nobody.
        """
        entries = self._dacl(raw)
        header = _HEADER.unpack_from(raw)
        if not header[6] or not header[2] & DACL_PRESENT:
            return (EVERYONE,)
        allowed = []
        for ace in entries:
            index = self._ace(ace)
            trustee = self._ace_columns[5][index]
            if self._ace_columns[0][index] in (ALLOW, ALLOW_OBJECT) and trustee >= 0:
                allowed.append(self._sid_texts[trustee])
        return tuple(allowed)

    def table(self) -> Descriptors:
        """What was read so far."""
        kinds, flags, masks, objects, inherited, trustees = (_column(values) for values in self._ace_columns)
        return Descriptors(
            owner=_column(self._owner),
            control=_column(self._control),
            start=_column(self._start),
            entries=_column(self._entries),
            ace_type=kinds,
            ace_flags=flags,
            ace_mask=masks,
            ace_object=objects,
            ace_inherited=inherited,
            ace_trustee=trustees,
            sids=tuple(self._sid_texts),
            guids=tuple(str(UUID(bytes_le=raw)) for raw in self._guids),
        )

    def _read(self, raw: bytes) -> int:
        try:
            owner_at = _HEADER.unpack_from(raw)[3]
            owner = self._sid(_sid_at(raw, owner_at)) if owner_at else -1
            aces = self._aces
            entries = [aces[ace] if ace in aces else self._ace(ace) for ace in self._dacl(raw)]
        except (struct.error, ValueError):
            return MALFORMED
        control, _owner, _group, _sacl, dacl_at = _HEADER.unpack_from(raw)[2:]
        self._owner.append(owner)
        self._control.append(control if dacl_at else control & ~DACL_PRESENT)
        self._entries.extend(entries)
        self._start.append(len(self._entries))
        return len(self._owner) - 1

    def _dacl(self, raw: bytes) -> list[bytes]:
        """The bytes of each entry of the DACL."""
        if len(raw) > _MAX_BYTES or len(raw) < _HEADER.size:
            raise ValueError("descriptor too long or too short")
        at = _HEADER.unpack_from(raw)[6]
        if not at:
            return []
        if at + _ACL.size > len(raw):
            raise ValueError("DACL outside of the descriptor")
        _, _, size, count, _ = _ACL.unpack_from(raw, at)
        end = at + size
        if end > len(raw):
            raise ValueError("DACL longer than the descriptor")
        at += _ACL.size
        entries = []
        for _ in range(count):
            length = raw[at + 2] | raw[at + 3] << 8 if at + 4 <= end else 0
            if length < 8 or at + length > end:
                raise ValueError("access entry outside of the DACL")
            entries.append(raw[at : at + length])
            at += length
        return entries

    def _ace(self, raw: bytes) -> int:
        known = self._aces.get(raw)
        if known is not None:
            return known
        kind, flags, _, mask = _ACE.unpack_from(raw)
        kind = _CALLBACK.get(kind, kind)
        guids, at = self._ace_guids(raw) if kind in _OF_OBJECT else ((-1, -1), 8)
        trustee = self._sid(_sid_at(raw, at)) if kind in _OF_SOMEBODY else -1
        for column, value in zip(self._ace_columns, (kind, flags, mask, *guids, trustee), strict=True):
            column.append(value)
        self._aces[raw] = len(self._aces)
        return self._aces[raw]

    def _ace_guids(self, raw: bytes) -> tuple[tuple[int, int], int]:
        """Object type and inherited object type of an object entry, and where its SID begins."""
        present = int.from_bytes(raw[8:12], "little")
        at, found = 12, [-1, -1]
        for position, bit in enumerate((1, 2)):
            if present & bit:
                if at + 16 > len(raw):
                    raise ValueError("access entry too short")
                found[position] = self._guids.setdefault(raw[at : at + 16], len(self._guids))
                at += 16
        return (found[0], found[1]), at

    def _sid(self, raw: bytes) -> int:
        known = self._sids.get(raw)
        if known is None:
            text = decode_sid(raw)
            known = self._sids[raw] = len(self._sids)
            self._sid_texts.append(text)
        return known


def _sid_at(raw: bytes, at: int) -> bytes:
    if at + 8 > len(raw):
        raise ValueError("SID outside of the descriptor")
    return raw[at : at + 8 + 4 * raw[at + 1]]


def _column(values: array[int]) -> Ints:
    return np.array(values, dtype=np.int64)
