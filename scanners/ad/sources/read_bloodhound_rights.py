"""The rights of a BloodHound collection, written again as a security descriptor.

Names are those of its published format; each stands for the access entry that the collector had read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from scanners.ad import rights
from scanners.ad.descriptors import (
    ALLOW,
    ALLOW_OBJECT,
    CONTROL_ACCESS,
    DACL_PRESENT,
    DACL_PROTECTED,
    FULL_CONTROL,
    SELF_WRITE,
    WRITE_DACL,
    WRITE_OWNER,
    WRITE_PROPERTY,
)

OWNS: Final = "Owns"
_SELF_RELATIVE: Final = 0x8000
_HEADER, _ACL = struct.Struct("<BBHIIII"), struct.Struct("<BBHHH")
_MAX_ACL: Final = 0xFFFF
"""The length of an access list is written on 16 bits."""
_ENTRIES: Final[Mapping[str, tuple[int, str]]] = {
    "GenericAll": (FULL_CONTROL, ""),
    "GenericWrite": (WRITE_PROPERTY, ""),
    "WriteDacl": (WRITE_DACL, ""),
    "WriteOwner": (WRITE_OWNER, ""),
    "AllExtendedRights": (CONTROL_ACCESS, ""),
    "ForceChangePassword": (CONTROL_ACCESS, rights.FORCE_CHANGE_PASSWORD),
    "GetChanges": (CONTROL_ACCESS, rights.GET_CHANGES),
    "GetChangesAll": (CONTROL_ACCESS, rights.GET_CHANGES_ALL),
    "GetChangesInFilteredSet": (CONTROL_ACCESS, rights.GET_CHANGES_FILTERED),
    "Enroll": (CONTROL_ACCESS, rights.ENROLL),
    "AutoEnroll": (CONTROL_ACCESS, rights.AUTO_ENROLL),
    "AddMember": (WRITE_PROPERTY, rights.MEMBER),
    "AddSelf": (SELF_WRITE, rights.MEMBER),
    "AddAllowedToAct": (WRITE_PROPERTY, rights.ALLOWED_TO_ACT),
    "AddKeyCredentialLink": (WRITE_PROPERTY, rights.KEY_CREDENTIAL),
    "WriteAccountRestrictions": (WRITE_PROPERTY, rights.ACCOUNT_RESTRICTIONS_SET),
    "WriteSPN": (WRITE_PROPERTY, rights.SPN),
    "WriteGPLink": (WRITE_PROPERTY, rights.GP_LINK),
}
"""Access mask and limit of each right. `ReadLAPSPassword` and the rights on authorities themselves are left out: what
they stand for has no attribute that every forest calls the same."""


def descriptor(owner: bytes, held: Iterable[tuple[bytes, str]], protected: bool) -> bytes:
    """A self-relative descriptor (MS-DTYP 2.4.6): `held` are the binary SIDs with the rights that each has.

    Rights of no known name are left out; `owner` is empty when it is not told. Empty when there are more entries than
    a descriptor can hold: no object of a directory has as many.
    """
    masks: dict[tuple[bytes, str], int] = {}
    for sid, right in held:
        if right in _ENTRIES:
            mask, guid = _ENTRIES[right]
            masks[sid, guid] = masks.get((sid, guid), 0) | mask
    entries = [_entry(sid, mask, guid) for (sid, guid), mask in masks.items()]
    body = b"".join(entries)
    if _ACL.size + len(body) > _MAX_ACL:
        return b""
    acl = _ACL.pack(4, 0, _ACL.size + len(body), len(entries), 0) + body
    control = _SELF_RELATIVE | DACL_PRESENT | (DACL_PROTECTED if protected else 0)
    owner_at = _HEADER.size + len(acl) if owner else 0
    return _HEADER.pack(1, 0, control, owner_at, 0, 0, _HEADER.size) + acl + owner


def _entry(sid: bytes, mask: int, guid: str) -> bytes:
    limit = struct.pack("<I", 1) + UUID(guid).bytes_le if guid else b""
    size = 8 + len(limit) + len(sid)
    return struct.pack("<BBHI", ALLOW_OBJECT if guid else ALLOW, 0, size, mask) + limit + sid
