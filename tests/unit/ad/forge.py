"""Descriptors and directory facts made by hand."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from scanners.ad.descriptors import ALLOW
from scanners.ad.sids import encode_sid


@dataclass(frozen=True)
class Ace:
    trustee: str
    mask: int
    kind: int = ALLOW
    flags: int = 0
    guid: str = ""

    def encoded(self) -> bytes:
        sid = encode_sid(self.trustee)
        body = (
            struct.pack("<II", self.mask, 1) + UUID(self.guid).bytes_le + sid
            if self.guid
            else struct.pack("<I", self.mask) + sid
        )
        kind = self.kind + 5 if self.guid else self.kind
        return struct.pack("<BBH", kind, self.flags, 4 + len(body)) + body


def descriptor(owner: str, aces: Iterable[Ace], *, control: int = 0x8004) -> bytes:
    body = b"".join(ace.encoded() for ace in aces)
    count = len(list(aces))
    dacl = struct.pack("<BBHHH", 4, 0, 8 + len(body), count, 0) + body
    owner_sid = encode_sid(owner)
    return struct.pack("<BBHIIII", 1, 0, control, 20 + len(dacl), 0, 0, 20) + dacl + owner_sid
