"""Which access entries give control over an object, by what kind of object it is.

Rights are named as BloodHound names its edges, a vocabulary administrators know. GUIDs are those of MS-ADTS and of
the schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scanners.ad import sids
from scanners.ad.columns import Ints, Kind, Mask, Objects
from scanners.ad.descriptors import (
    ALLOW,
    ALLOW_OBJECT,
    CONTROL_ACCESS,
    CREATE_CHILD,
    DENY,
    DENY_OBJECT,
    FULL_CONTROL,
    GENERIC_ALL,
    GENERIC_EXECUTE,
    GENERIC_READ,
    GENERIC_WRITE,
    INHERIT_ONLY,
    LIST_CHILDREN,
    LIST_OBJECT,
    READ_CONTROL,
    READ_PROPERTY,
    SELF_WRITE,
    WRITE_DACL,
    WRITE_OWNER,
    WRITE_PROPERTY,
    Descriptors,
)

GET_CHANGES = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2"
GET_CHANGES_ALL = "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2"
GET_CHANGES_FILTERED = "89e95b76-444d-4c62-991a-0facbeda640c"
ENROLL = "0e10c968-78fb-11d2-90d4-00c04f79dc55"
AUTO_ENROLL = "a05b8cc2-17bc-4802-a710-e7c15ab866a2"
FORCE_CHANGE_PASSWORD = "00299570-246d-11d0-a768-00aa006e0529"  # noqa: S105 - an identifier of the schema
MEMBER = "bf9679c0-0de6-11d0-a285-00aa003049e2"
_MEMBERSHIP_SET = "bc0ac240-79a9-11d0-9020-00c04fc2d4cf"
KEY_CREDENTIAL = "5b47d60f-6090-40b2-9f37-2a4de88f3063"
_VALIDATED_COMPUTER_SET = "9b026da6-0d3c-465c-8bee-5199d7165cba"
ALLOWED_TO_ACT = "3f78c3e5-f79a-46bd-a0b8-9d18116ddc79"
ACCOUNT_RESTRICTIONS_SET = "4c164200-20c0-11d0-a768-00aa006e0529"
SPN = "f3a64788-5306-11d1-a9c5-0000f80367c1"
_ALT_IDENTITIES = "00fbf30c-91fe-11d1-aebc-0000f80367c1"
_PUBLIC_INFORMATION_SET = "e48d0154-bcf8-11d1-8702-00c04fb96050"
_SCRIPT_PATH = "bf9679a8-0de6-11d0-a285-00aa003049e2"
_LOGON_SET = "5f202010-79a5-11d0-9020-00c04fc2d4cf"
_MANAGED_BY = "0296c120-40da-11d1-a9c0-0000f80367c1"
_POLICY_PATH = "f30e3bc1-9ff0-11d1-b603-0000f80367c1"
GP_LINK = "f30e3bbe-9ff0-11d1-b603-0000f80367c1"
_GMSA_MEMBERSHIP = "888eedd6-ce04-df40-b462-b8a50e41ba38"
_CA_CERTIFICATE = "bf967932-0de6-11d0-a285-00aa003049e2"
_TEMPLATE_SETTINGS: Final = (
    "ea1dddc4-60ff-416e-8cc0-17cee534bce7",
    "d15ef7d8-f226-46db-ae79-b34e560bd12c",
    "18976af6-3b9e-11d2-90cc-00c04fd91ab1",
    "dbd90548-aa37-4202-9966-8c537ba5ce32",
    "fe17e04b-937d-4f7e-8e0e-9292c8d5683e",
    "38942346-cc5b-424b-a7d8-6ffd12029c5f",
)
"""msPKI-Certificate-Name-Flag, msPKI-Enrollment-Flag, pKIExtendedKeyUsage, msPKI-Certificate-Application-Policy,
msPKI-RA-Signature, msPKI-Certificate-Policy: each may be all that keeps a template harmless."""


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
    CoerceToTGT = 24
    ManagedBy = 25
    WriteScriptPath = 26
    WriteGPCFileSysPath = 27
    CreateChild = 28
    WriteManagedBy = 29
    ADCSESC1 = 30
    ADCSESC2 = 31
    ADCSESC3 = 32
    ADCSESC4 = 33
    ADCSESC5 = 34
    ADCSESC13 = 35
    WritePKITemplate = 36
    ReadLAPSPassword = 37


CONNECTIVES: Final = (Right.NONE, Right.MemberOf, Right.AuthenticatedAs, Right.Contains)
"""Edges that are no weakness by themselves: being in a group, or in a container."""


WITH_PREREQUISITE: Final = (Right.WriteAltSecurityIdentities,)
"""Rights that need more than an account: here, a certificate that controllers accept by its name alone."""


class Target(IntEnum):
    """Kinds of objects as far as control over them is concerned."""

    PLAIN = 0
    ACCOUNT = 1
    COMPUTER = 2
    GROUP = 3
    DOMAIN = 4
    LINKED = 5
    WRITABLE = 6
    POLICY = 7
    PARENT = 8
    """What decides by what it holds: a new child is a new authority, a new replica, a new class."""
    HOLDER = 9
    """AdminSDHolder: its entries are copied on accounts and groups, and count as they do there."""
    READ_ONLY_CONTROLLER = 10
    TEMPLATE = 11
    AUTHORITY = 12


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
    Kind.GPO: Target.POLICY,
    Kind.TEMPLATE: Target.TEMPLATE,
    Kind.CA: Target.AUTHORITY,
    Kind.SCHEMA: Target.PARENT,
    Kind.CONTAINER: Target.PLAIN,
    Kind.FOREIGN: Target.PLAIN,
}
"""The others are `WRITABLE`: they are what their attributes say. Writing those of a container gives nothing."""
_PLACES: Final = re.compile(
    r"\A(?P<holder>cn=adminsdholder),cn=system,dc=|\A(?P<dns>cn=microsoftdns),cn=system,dc=|"
    r"(?:\A|,)cn=dfsr-globalsettings,cn=system,dc=|"
    r"(?:\A|,)cn=(?:public key services|group key distribution service),cn=services,cn=configuration,dc="
)
"""Containers that are more than containers, in lower case: they have the same names in every language."""

TRUSTED_SIDS: Final = frozenset(
    {sids.SYSTEM, sids.SELF, sids.CREATOR_OWNER, sids.OWNER_RIGHTS, sids.ENTERPRISE_DOMAIN_CONTROLLERS}
)
"""Trustees that are the system itself, or the object itself."""


def targets(objects: Objects) -> Ints:
    """The `Target` of each object."""
    table = np.full(len(Kind), Target.WRITABLE, dtype=np.int64)
    for kind, target in _TARGETS.items():
        table[kind] = target
    found = table[objects.kind]
    group = objects.ints("primaryGroupID")
    found[(objects.kind == Kind.COMPUTER) & (group == sids.RID_READ_ONLY_CONTROLLERS)] = Target.READ_ONLY_CONTROLLER
    for row in np.flatnonzero(objects.of(Kind.CONTAINER, Kind.OTHER)).tolist():
        place = _PLACES.search(objects.dn[row].lower())
        if place is not None:
            found[row] = _target_at(place)
    return found


def _target_at(place: re.Match[str]) -> Target:
    if place["holder"]:
        return Target.HOLDER
    return Target.WRITABLE if place["dns"] else Target.PARENT


_GENERIC: Final = (
    (GENERIC_ALL, FULL_CONTROL),
    (GENERIC_WRITE, READ_CONTROL | WRITE_PROPERTY | SELF_WRITE),
    (GENERIC_READ, READ_CONTROL | READ_PROPERTY | LIST_CHILDREN | LIST_OBJECT),
    (GENERIC_EXECUTE, READ_CONTROL | LIST_CHILDREN),
)


def masks(table: Descriptors) -> Ints:
    """The rights of each entry, generic ones as what they mean on a directory object (MS-ADTS 5.1.3.2)."""
    mask = table.ace_mask.copy()
    for generic, meaning in _GENERIC:
        mask[table.ace_mask & generic != 0] |= meaning
    return mask


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
    held: Mask = masks(table) & bit != 0
    granted: Mask = effective(table) & held & (unlimited(table) | with_guid(table, *guids))
    return granted


def refuses(table: Descriptors, bit: int, *guids: str) -> Mask:
    """Entries that deny a right, on everything or on one of these attributes or extended rights."""
    denying = np.isin(table.ace_type, (DENY, DENY_OBJECT)) & (table.ace_trustee >= 0)
    held: Mask = masks(table) & bit != 0
    here: Mask = table.ace_flags & INHERIT_ONLY == 0
    refused: Mask = denying & here & held & (unlimited(table) | with_guid(table, *guids))
    return refused


def control_rights(table: Descriptors, allowed: Mask | None = None) -> NDArray[np.int8]:
    """For each entry and each `Target`, the strongest right it gives (a `Right`, 0 for none).

    `allowed` are the entries to look at, those in force on the object itself when left out.
    """
    allowed = effective(table) if allowed is None else allowed
    mask, everything = masks(table), unlimited(table)
    full = allowed & everything & (mask & FULL_CONTROL == FULL_CONTROL)
    owner, dacl = allowed & (mask & WRITE_OWNER != 0), allowed & (mask & WRITE_DACL != 0)
    write = allowed & (mask & WRITE_PROPERTY != 0)
    validated = allowed & (mask & SELF_WRITE != 0)
    extended = allowed & (mask & CONTROL_ACCESS != 0)

    def writes(right: Right, *guids: str) -> tuple[Mask, Right]:
        return write & with_guid(table, *guids), right

    def may(right: Right, guid: str) -> tuple[Mask, Right]:
        return extended & (everything | with_guid(table, guid)), right

    always = [(full, Right.GenericAll), (dacl, Right.WriteDacl), (owner, Right.WriteOwner)]
    writable = [*always, (write & everything, Right.GenericWrite)]
    linked = writes(Right.WriteGPLink, GP_LINK)
    signing_in = [
        may(Right.ForceChangePassword, FORCE_CHANGE_PASSWORD),
        writes(Right.AddKeyCredentialLink, KEY_CREDENTIAL, _VALIDATED_COMPUTER_SET),
    ]
    alternative = writes(Right.WriteAltSecurityIdentities, _ALT_IDENTITIES)
    account = [
        *signing_in,
        writes(Right.WriteSPN, SPN, _PUBLIC_INFORMATION_SET),
        writes(Right.WriteScriptPath, _SCRIPT_PATH, _LOGON_SET),
        alternative,
        writes(Right.WriteGMSAMembership, _GMSA_MEMBERSHIP),
    ]
    computer = [
        *signing_in,
        writes(Right.AddAllowedToAct, ALLOWED_TO_ACT, ACCOUNT_RESTRICTIONS_SET),
        writes(Right.WriteAltSecurityIdentities, _ALT_IDENTITIES, _PUBLIC_INFORMATION_SET),
    ]
    group = [
        writes(Right.AddMember, MEMBER, _MEMBERSHIP_SET),
        (validated & (everything | with_guid(table, MEMBER)), Right.AddSelf),
    ]
    by_target = {
        Target.PLAIN: always,
        Target.WRITABLE: writable,
        Target.POLICY: [*writable, writes(Right.WriteGPCFileSysPath, _POLICY_PATH)],
        Target.TEMPLATE: [*writable, writes(Right.WritePKITemplate, *_TEMPLATE_SETTINGS)],
        Target.AUTHORITY: [*writable, writes(Right.GenericWrite, _CA_CERTIFICATE)],
        Target.PARENT: [*writable, (allowed & (mask & CREATE_CHILD != 0), Right.CreateChild)],
        Target.LINKED: [*writable, linked],
        Target.DOMAIN: [*writable, may(Right.DCSync, GET_CHANGES_ALL), linked],
        Target.ACCOUNT: [*writable, *account],
        Target.COMPUTER: [*writable, *computer],
        Target.READ_ONLY_CONTROLLER: [*writable, *computer, writes(Right.WriteManagedBy, _MANAGED_BY)],
        Target.GROUP: [*writable, *group],
        Target.HOLDER: [*writable, *group, *account, *computer],
    }
    rights = np.zeros((len(mask), len(Target)), dtype=np.int8)
    for target, choices in by_target.items():
        rights[:, target] = np.select([held for held, _ in choices], [int(right) for _, right in choices], 0)
    return rights


_DANGEROUS: Final = CREATE_CHILD | WRITE_PROPERTY | SELF_WRITE | CONTROL_ACCESS | WRITE_DACL | WRITE_OWNER


def denials(table: Descriptors, given: NDArray[np.int8]) -> Mask:
    """Entries that deny, on the object itself, one of the rights that give control (`given`: `control_rights`).

    Those about one attribute or right only matter when entries allow just that one.
    """
    denying = np.isin(table.ace_type, (DENY, DENY_OBJECT)) & (table.ace_trustee >= 0)
    limits = table.ace_object[(given > 0).any(axis=1)]
    mask: Mask = (
        denying
        & (table.ace_flags & INHERIT_ONLY == 0)
        & (masks(table) & _DANGEROUS != 0)
        & (unlimited(table) | np.isin(table.ace_object, limits))
    )
    return mask


def denied(table: Descriptors, mask: Ints, ace: int, refusals: list[int], covers: Callable[[str, str], bool]) -> bool:
    """Whether one of these refusals takes away all that an allowing entry gives.

    `mask` are the `masks` of the table; `refusals` the entries that come before: later ones no longer count. `covers`
    tells whether what is refused to a SID is refused to another.
    """
    for refusal in refusals:
        same = covers(table.trustee_sid(refusal), table.trustee_sid(ace))
        wide = table.ace_object[refusal] < 0 or table.ace_object[refusal] == table.ace_object[ace]
        if same and wide and mask[ace] & ~mask[refusal] & _DANGEROUS == 0:
            return True
    return False


def about_the_owner(table: Descriptors) -> Mask:
    """Entries for OWNER RIGHTS in force on the object: they replace what an owner may do by right."""
    trustees = np.array([sid == sids.OWNER_RIGHTS for sid in table.sids] + [False])
    mask: Mask = trustees[table.ace_trustee] & (table.ace_flags & INHERIT_ONLY == 0)
    return mask
