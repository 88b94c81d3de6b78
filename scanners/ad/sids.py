"""Security identifiers: decoding, well-known values, and the groups that ANSSI holds for privileged."""

from __future__ import annotations

EVERYONE = "S-1-1-0"
CREATOR_OWNER = "S-1-3-0"
OWNER_RIGHTS = "S-1-3-4"
NETWORK = "S-1-5-2"
ANONYMOUS = "S-1-5-7"
ENTERPRISE_DOMAIN_CONTROLLERS = "S-1-5-9"
SELF = "S-1-5-10"
AUTHENTICATED_USERS = "S-1-5-11"
THIS_ORGANIZATION = "S-1-5-15"
SYSTEM = "S-1-5-18"
ASSERTED_IDENTITY = "S-1-18-1"
ADMINISTRATORS = "S-1-5-32-544"
USERS = "S-1-5-32-545"
REPLICATOR = "S-1-5-32-552"
PRE_WINDOWS_2000 = "S-1-5-32-554"

RID_ADMINISTRATOR = 500
RID_GUEST = 501
RID_KRBTGT = 502
RID_DOMAIN_ADMINS = 512
RID_DOMAIN_USERS = 513
RID_DOMAIN_GUESTS = 514
RID_DOMAIN_COMPUTERS = 515
RID_DOMAIN_CONTROLLERS = 516
RID_CERT_PUBLISHERS = 517
RID_SCHEMA_ADMINS = 518
RID_ENTERPRISE_ADMINS = 519
RID_POLICY_CREATORS = 520
RID_READ_ONLY_CONTROLLERS = 521
RID_PROTECTED_USERS = 525
RID_ENTERPRISE_READ_ONLY_CONTROLLERS = 498
RID_RODC_ALLOWED = 571
RID_RODC_DENIED = 572

EVERYBODY = (EVERYONE, AUTHENTICATED_USERS, NETWORK, THIS_ORGANIZATION, ASSERTED_IDENTITY)
"""Identities of whoever logs on: the last three are those of whoever speaks to a controller over LDAP."""

PRIVILEGED_BUILTIN = (544, 548, 549, 550, 551)
"""Administrators, then Account, Server, Print and Backup Operators."""
PRIVILEGED_RIDS = (512, 516, 526)
"""Domain Admins, Domain Controllers, Key Admins: every domain has its own."""
FOREST_PRIVILEGED_RIDS = (518, 519, 527)
"""Schema Admins, Enterprise Admins, Enterprise Key Admins: those of the root domain, for the whole forest."""

_NAMES = {
    EVERYONE: "Everyone",
    "S-1-3-0": "CREATOR OWNER",
    "S-1-3-4": "OWNER RIGHTS",
    ANONYMOUS: "ANONYMOUS LOGON",
    ENTERPRISE_DOMAIN_CONTROLLERS: "ENTERPRISE DOMAIN CONTROLLERS",
    NETWORK: "NETWORK",
    "S-1-5-3": "BATCH",
    "S-1-5-4": "INTERACTIVE",
    "S-1-5-6": "SERVICE",
    "S-1-5-14": "REMOTE INTERACTIVE LOGON",
    THIS_ORGANIZATION: "This Organization",
    ASSERTED_IDENTITY: "Authentication authority asserted identity",
    SELF: "SELF",
    AUTHENTICATED_USERS: "Authenticated Users",
    SYSTEM: "SYSTEM",
    "S-1-5-32-544": "BUILTIN\\Administrators",
    "S-1-5-32-545": "BUILTIN\\Users",
    "S-1-5-32-546": "BUILTIN\\Guests",
    "S-1-5-32-548": "BUILTIN\\Account Operators",
    "S-1-5-32-549": "BUILTIN\\Server Operators",
    "S-1-5-32-550": "BUILTIN\\Print Operators",
    "S-1-5-32-551": "BUILTIN\\Backup Operators",
    "S-1-5-32-554": "BUILTIN\\Pre-Windows 2000 Compatible Access",
}

_MAX_SUB_AUTHORITIES = 15


def decode_sid(raw: bytes) -> str:
    """The written form of a binary SID; ValueError when its length and its count of sub-authorities disagree."""
    if len(raw) < 8 or raw[0] != 1 or raw[1] > _MAX_SUB_AUTHORITIES or len(raw) != 8 + 4 * raw[1]:
        raise ValueError("malformed SID")
    authority = int.from_bytes(raw[2:8], "big")
    parts = [str(int.from_bytes(raw[at : at + 4], "little")) for at in range(8, len(raw), 4)]
    return "-".join(["S", "1", str(authority), *parts])


def encode_sid(sid: str) -> bytes:
    """The binary form of a written SID; ValueError when it is not one."""
    mark, revision, authority, *parts = sid.split("-")
    if mark != "S" or revision != "1" or len(parts) > _MAX_SUB_AUTHORITIES:
        raise ValueError("malformed SID")
    head = bytes([1, len(parts)]) + int(authority).to_bytes(6, "big")
    return head + b"".join(int(part).to_bytes(4, "little") for part in parts)


def rid_of(sid: str) -> int:
    """The last number of a SID."""
    return int(sid.rpartition("-")[2])


def well_known_name(sid: str) -> str | None:
    """The usual name of a SID that means the same everywhere, None for others."""
    return _NAMES.get(sid)


def privileged_group_sids(domain_sid: str, forest_sid: str) -> tuple[str, ...]:
    """The groups ANSSI counts as privileged, by SID: names change with the language of the domain.

    `forest_sid` is that of the root domain, empty when it is not known.
    """
    builtin = (f"S-1-5-32-{rid}" for rid in PRIVILEGED_BUILTIN)
    own = (f"{domain_sid}-{rid}" for rid in PRIVILEGED_RIDS)
    return (*builtin, *own, *(f"{forest_sid}-{rid}" for rid in FOREST_PRIVILEGED_RIDS if forest_sid))


def protected_group_sids(domain_sid: str, forest_sid: str) -> tuple[str, ...]:
    """The groups whose members AdminSDHolder protects: the privileged ones, Replicator and the read-only controllers
    (MS-ADTS 3.1.1.6.1)."""
    return (*privileged_group_sids(domain_sid, forest_sid), REPLICATOR, f"{domain_sid}-{RID_READ_ONLY_CONTROLLERS}")
