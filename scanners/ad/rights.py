"""Which access entries give control over an object, by what kind of object it is.

Rights are named as BloodHound names its edges, a vocabulary administrators know. GUIDs are those of MS-ADTS and of
the schema.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scanners.ad import sids
from scanners.ad.columns import Ints, Kind, Mask
from scanners.ad.descriptors import (
    ALLOW,
    ALLOW_OBJECT,
    CONTROL_ACCESS,
    DENY,
    DENY_OBJECT,
    FULL_CONTROL,
    GENERIC_ALL,
    GENERIC_WRITE,
    INHERIT_ONLY,
    SELF_WRITE,
    WRITE_DACL,
    WRITE_OWNER,
    WRITE_PROPERTY,
    Descriptors,
)

GET_CHANGES_ALL = "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2"
GET_CHANGES_FILTERED = "89e95b76-444d-4c62-991a-0facbeda640c"
ENROLL = "0e10c968-78fb-11d2-90d4-00c04f79dc55"
AUTO_ENROLL = "a05b8cc2-17bc-4802-a710-e7c15ab866a2"
_FORCE_CHANGE_PASSWORD = "00299570-246d-11d0-a768-00aa006e0529"  # noqa: S105 - an identifier of the schema
_MEMBER = "bf9679c0-0de6-11d0-a285-00aa003049e2"
_MEMBERSHIP_SET = "bc0ac240-79a9-11d0-9020-00c04fc2d4cf"
_KEY_CREDENTIAL = "5b47d60f-6090-40b2-9f37-2a4de88f3063"
_ALLOWED_TO_ACT = "3f78c3e5-f79a-46bd-a0b8-9d18116ddc79"
_ACCOUNT_RESTRICTIONS_SET = "4c164200-20c0-11d0-a768-00aa006e0529"
_SPN = "f3a64788-5306-11d1-a9c5-0000f80367c1"
_ALT_IDENTITIES = "00fbf30c-91fe-11d1-aebc-0000f80367c1"
_GP_LINK = "f30e3bbe-9ff0-11d1-b603-0000f80367c1"
_GMSA_MEMBERSHIP = "888eedd6-ce04-df40-b462-b8a50e41ba38"


class Right(IntEnum):
    """How one node controls the next; the name is what evidence shows."""

    NONE = 0
    GenericAll = 1
    WriteDacl = 2
    WriteOwner = 3
    GenericWrite = 4
    ForceChangePassword = 5
    AddMember = 6
    AddSelf = 7
    AddKeyCredentialLink = 8
    WriteSPN = 9
    AddAllowedToAct = 10
    WriteGPLink = 11
    DCSync = 12
    WriteAltSecurityIdentities = 13
    Owns = 14
    MemberOf = 15
    Contains = 16
    GPLink = 17
    AllowedToDelegate = 18
    AllowedToAct = 19
    HasSIDHistory = 20
    ReadGMSAPassword = 21
    AuthenticatedAs = 22
    WriteGMSAMembership = 23


CONNECTIVES: Final = (Right.NONE, Right.MemberOf, Right.AuthenticatedAs, Right.Contains)
"""Edges that are no weakness by themselves: being in a group, or in a container."""


class Target(IntEnum):
    """Kinds of objects as far as control over them is concerned."""

    PLAIN = 0
    ACCOUNT = 1
    COMPUTER = 2
    GROUP = 3
    DOMAIN = 4
    LINKED = 5
    WRITABLE = 6


_TARGETS: Final = {
    Kind.USER: Target.ACCOUNT,
    Kind.GMSA: Target.ACCOUNT,
    Kind.SMSA: Target.ACCOUNT,
    Kind.DMSA: Target.ACCOUNT,
    Kind.COMPUTER: Target.COMPUTER,
    Kind.GROUP: Target.GROUP,
    Kind.DOMAIN: Target.DOMAIN,
    Kind.OU: Target.LINKED,
    Kind.SITE: Target.LINKED,
    Kind.GPO: Target.WRITABLE,
    Kind.TEMPLATE: Target.WRITABLE,
    Kind.ENROLLMENT: Target.WRITABLE,
    Kind.CA: Target.WRITABLE,
}

TRUSTED_SIDS: Final = frozenset(
    {sids.SYSTEM, sids.SELF, sids.CREATOR_OWNER, sids.OWNER_RIGHTS, sids.ENTERPRISE_DOMAIN_CONTROLLERS}
)
"""Trustees that are the system itself, or the object itself."""


def targets(kinds: Ints) -> Ints:
    """The `Target` of each object."""
    table = np.zeros(len(Kind), dtype=np.int64)
    for kind, target in _TARGETS.items():
        table[kind] = target
    return table[kinds]


def effective(table: Descriptors) -> Mask:
    """Entries that allow something on the object that carries them."""
    allowing = np.isin(table.ace_type, (ALLOW, ALLOW_OBJECT)) & (table.ace_trustee >= 0)
    mask: Mask = allowing & (table.ace_flags & INHERIT_ONLY == 0)
    return mask


def with_guid(table: Descriptors, *guids: str) -> Mask:
    """Entries limited to one of these attributes, property sets or extended rights."""
    wanted = [table.guids.index(guid) for guid in guids if guid in table.guids]
    mask: Mask = np.isin(table.ace_object, wanted)
    return mask


def unlimited(table: Descriptors) -> Mask:
    """Entries about every attribute and right."""
    mask: Mask = table.ace_object < 0
    return mask


def grants(table: Descriptors, bit: int, *guids: str) -> Mask:
    """Entries that allow a right, on everything or on one of these attributes or extended rights."""
    held: Mask = table.ace_mask & (bit | GENERIC_ALL) != 0
    granted: Mask = effective(table) & held & (unlimited(table) | with_guid(table, *guids))
    return granted


def refuses(table: Descriptors, bit: int, *guids: str) -> Mask:
    """Entries that deny a right, on everything or on one of these attributes or extended rights."""
    denying = np.isin(table.ace_type, (DENY, DENY_OBJECT)) & (table.ace_trustee >= 0)
    held: Mask = table.ace_mask & (bit | GENERIC_ALL) != 0
    here: Mask = table.ace_flags & INHERIT_ONLY == 0
    refused: Mask = denying & here & held & (unlimited(table) | with_guid(table, *guids))
    return refused


def control_rights(table: Descriptors) -> NDArray[np.int8]:
    """For each entry and each `Target`, the strongest right it gives (a `Right`, 0 for none)."""
    allowed = effective(table)
    mask, everything = table.ace_mask, unlimited(table)
    full = allowed & everything & ((mask & FULL_CONTROL == FULL_CONTROL) | (mask & GENERIC_ALL != 0))
    owner, dacl = allowed & (mask & WRITE_OWNER != 0), allowed & (mask & WRITE_DACL != 0)
    write = allowed & (mask & (WRITE_PROPERTY | GENERIC_WRITE) != 0)
    any_write = write & everything
    validated = allowed & (mask & SELF_WRITE != 0)
    extended = allowed & (mask & CONTROL_ACCESS != 0)

    def writes(*guids: str) -> Mask:
        written: Mask = write & with_guid(table, *guids)
        return written

    always = [(full, Right.GenericAll), (dacl, Right.WriteDacl), (owner, Right.WriteOwner)]
    writable = [*always, (any_write, Right.GenericWrite)]
    by_target = {
        Target.PLAIN: always,
        Target.WRITABLE: writable,
        Target.LINKED: [*writable, (writes(_GP_LINK), Right.WriteGPLink)],
        Target.DOMAIN: [
            *writable,
            (extended & (everything | with_guid(table, GET_CHANGES_ALL)), Right.DCSync),
            (writes(_GP_LINK), Right.WriteGPLink),
        ],
        Target.ACCOUNT: [
            *writable,
            (extended & (everything | with_guid(table, _FORCE_CHANGE_PASSWORD)), Right.ForceChangePassword),
            (writes(_KEY_CREDENTIAL), Right.AddKeyCredentialLink),
            (writes(_SPN), Right.WriteSPN),
            (writes(_ALT_IDENTITIES), Right.WriteAltSecurityIdentities),
            (writes(_GMSA_MEMBERSHIP), Right.WriteGMSAMembership),
        ],
        Target.COMPUTER: [
            *writable,
            (writes(_KEY_CREDENTIAL), Right.AddKeyCredentialLink),
            (writes(_ALLOWED_TO_ACT, _ACCOUNT_RESTRICTIONS_SET), Right.AddAllowedToAct),
        ],
        Target.GROUP: [
            *writable,
            (writes(_MEMBER, _MEMBERSHIP_SET), Right.AddMember),
            (validated & (everything | with_guid(table, _MEMBER)), Right.AddSelf),
        ],
    }
    rights = np.zeros((len(mask), len(Target)), dtype=np.int8)
    for target, choices in by_target.items():
        rights[:, target] = np.select([held for held, _ in choices], [int(right) for _, right in choices], 0)
    return rights


def denials(table: Descriptors) -> Mask:
    """Entries that deny, on the object itself, one of the rights that give control."""
    dangerous = WRITE_PROPERTY | SELF_WRITE | CONTROL_ACCESS | WRITE_DACL | WRITE_OWNER | GENERIC_ALL | GENERIC_WRITE
    denying = np.isin(table.ace_type, (DENY, DENY_OBJECT)) & (table.ace_trustee >= 0)
    mask: Mask = denying & (table.ace_flags & INHERIT_ONLY == 0) & (table.ace_mask & dangerous != 0)
    return mask


def denied(table: Descriptors, ace: int, refusals: list[int]) -> bool:
    """Whether one of these refusals takes away all that an allowing entry gives to the same trustee."""
    for refusal in refusals:
        same = table.ace_trustee[refusal] == table.ace_trustee[ace] or table.trustee_sid(refusal) == sids.EVERYONE
        wide = table.ace_object[refusal] < 0 or table.ace_object[refusal] == table.ace_object[ace]
        if same and wide and table.ace_mask[ace] & ~table.ace_mask[refusal] & FULL_CONTROL & 0xC0128 == 0:
            return True
    return False
