"""One object of a BloodHound collection as the raw attributes that a controller would have sent.

Only the properties named here are read: passwords that a collection may hold (`unixpassword`, `userpassword`…) are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from scanners.ad.facts import file_time
from scanners.ad.sids import RID_DOMAIN_COMPUTERS, RID_DOMAIN_CONTROLLERS, RID_READ_ONLY_CONTROLLERS, encode_sid
from scanners.ad.sources.read_bloodhound_rights import OWNS, descriptor

Record = Mapping[str, Any]
Raw = list[tuple[bytes, list[bytes]]]

CLASSES: Final = {
    "domains": "domain domainDNS",
    "users": "person user",
    "computers": "person user computer",
    "groups": "group",
    "ous": "organizationalUnit",
    "containers": "container",
    "gpos": "container groupPolicyContainer",
    "certtemplates": "pKICertificateTemplate",
    "enterprisecas": "pKIEnrollmentService",
    "rootcas": "certificationAuthority",
    "aiacas": "certificationAuthority",
    "ntauthstores": "certificationAuthority",
    "issuancepolicies": "msPKI-Enterprise-Oid",
}
"""The object classes of each type of file."""
ACCOUNT_COLUMNS: Final = frozenset(
    (
        "adminCount",
        "dNSHostName",
        "displayName",
        "gPLink",
        "hasMail",
        "lastLogonTimestamp",
        "msDS-AllowedToActOnBehalfOfOtherIdentity",
        "msDS-AllowedToDelegateTo",
        "msDS-GroupMSAMembership",
        "operatingSystem",
        "primaryGroupID",
        "pwdLastSet",
        "sAMAccountName",
        "sIDHistory",
        "scriptPath",
        "servicePrincipalName",
        "tellsPassword",
        "userAccountControl",
        "whenCreated",
    )
)
PKI_COLUMNS: Final = frozenset(
    (
        "certificateTemplates",
        "msPKI-Certificate-Application-Policy",
        "msPKI-Certificate-Name-Flag",
        "msPKI-Enrollment-Flag",
        "msPKI-RA-Signature",
        "msPKI-Template-Schema-Version",
        "pKIExtendedKeyUsage",
    )
)
_FLAGS: Final = {
    "passwordnotreqd": 0x20,
    "encryptedtextpwdallowed": 0x80,
    "pwdneverexpires": 0x10000,
    "smartcardrequired": 0x40000,
    "unconstraineddelegation": 0x80000,
    "sensitive": 0x100000,
    "usedeskeyonly": 0x200000,
    "dontreqpreauth": 0x400000,
    "trustedtoauth": 0x1000000,
}
_READS_MANAGED_PASSWORD: Final = "ReadGMSAPassword"  # noqa: S105 - the name of a right
_DISABLED, _KINDS = 0x2, {"users": 0x200, "computers": 0x1000}
_CONTROLLERS: Final = {str(RID_DOMAIN_CONTROLLERS): 0x2000, str(RID_READ_ONLY_CONTROLLERS): 0x4001000}
_NAME_CHOSEN, _APPROVAL, _NO_SECURITY_EXTENSION = 0x1, 0x2, 0x80000


def identifier(record: object, key: str = "ObjectIdentifier") -> str:
    """SharpHound writes well-known identities `HOPITAL.TEST-S-1-5-32-544`: the domain is cut off, case is folded."""
    raw = str(record.get(key) or "").upper() if isinstance(record, Mapping) else ""
    at = raw.find("-S-1-")
    return raw[at + 1 :] if at > 0 else raw


def binary_sid(text: str) -> bytes:
    """A SID as attributes hold it; empty when the text is none (a GUID, nothing)."""
    try:
        return encode_sid(text)
    except (ValueError, OverflowError):
        return b""


def properties(record: Record) -> Record:
    """The properties of an object, none when they are malformed."""
    found = record.get("Properties")
    return found if isinstance(found, Mapping) else {}


def listed(record: Record, key: str) -> list[Record]:
    """The objects of a list, none when it is malformed. Former versions wrap the list with its outcome."""
    found = record.get(key)
    if isinstance(found, Mapping):
        found = found.get("Results")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def dn_of(record: Record) -> str:
    """The distinguished name; empty for identities that have none, such as Everyone."""
    return str(properties(record).get("distinguishedname") or "")


def common(kind: str, record: Record) -> Raw:
    """What every kind of object has."""
    told = properties(record)
    classes = ["top", *CLASSES[kind].split()]
    if told.get("gmsa") is True or (kind == "users" and _is_machine_like(record)):
        classes.append("msDS-GroupManagedServiceAccount")
    raw: Raw = [(b"objectClass", [name.encode() for name in classes])]
    if sid := binary_sid(identifier(record)):
        raw.append((b"objectSid", [sid]))
    for name, (attribute, written) in _WRITTEN.items():
        values = written(told.get(name))
        if values:
            raw.append((attribute, values))
    if isinstance(record.get("Aces"), list):
        owner, held = _permissions(record)
        raw.append((b"nTSecurityDescriptor", [descriptor(owner, held, _protected(record))]))
    return raw


def stranger(sid: bytes) -> Raw:
    """An identity from outside of the domain, of which a collection tells but who it is."""
    unknown = descriptor(b"", [], False)
    return [
        (b"objectClass", [b"top", b"foreignSecurityPrincipal"]),
        (b"objectSid", [sid]),
        (b"nTSecurityDescriptor", [unknown]),
    ]


def account(kind: str, record: Record) -> Raw:
    """What users and computers have besides."""
    raw: Raw = []
    primary = identifier(record, "PrimaryGroupSID").rpartition("-")[2]
    if primary.isdigit():
        raw.append((b"primaryGroupID", [primary.encode()]))
    flags = _user_account_control(kind, primary, properties(record))
    if flags is not None:
        raw.append((b"userAccountControl", [str(flags).encode()]))
    acting = map(binary_sid, map(identifier, listed(record, "AllowedToAct")))
    readers = [sid for sid, right in _permissions(record)[1] if right == _READS_MANAGED_PASSWORD]
    raw += _allowed(b"msDS-AllowedToActOnBehalfOfOtherIdentity", acting)
    return raw + _allowed(b"msDS-GroupMSAMembership", readers)


def _allowed(attribute: bytes, found: Iterable[bytes]) -> Raw:
    """An attribute that is itself a descriptor, and means something to whom it allows."""
    held = [(sid, "GenericAll") for sid in found if sid]
    return [(attribute, [descriptor(b"", held, protected=False)])] if held else []


def template(record: Record) -> Raw:
    """What certificate templates have besides."""
    told = properties(record)
    enrollment = (_APPROVAL if told.get("requiresmanagerapproval") is True else 0) | (
        _NO_SECURITY_EXTENSION if told.get("nosecurityextension") is True else 0
    )
    name_flag = _NAME_CHOSEN if told.get("enrolleesuppliessubject") is True else 0
    return [
        (b"msPKI-Certificate-Name-Flag", [b"%d" % name_flag]),
        (b"msPKI-Enrollment-Flag", [b"%d" % enrollment]),
    ]


def _permissions(record: Record) -> tuple[bytes, list[tuple[bytes, str]]]:
    """The owner, and who holds which right."""
    owner, held = b"", []
    for entry in listed(record, "Aces"):
        sid, right = binary_sid(identifier(entry, "PrincipalSID")), str(entry.get("RightName") or "")
        if right == OWNS:
            owner = sid
        elif sid:
            held.append((sid, right))
    return owner, held


def _is_machine_like(record: Record) -> bool:
    """BloodHound.py does not say which accounts are managed: their name and their primary group are a machine’s."""
    name = str(properties(record).get("samaccountname") or "")
    return name.endswith("$") and identifier(record, "PrimaryGroupSID").endswith(f"-{RID_DOMAIN_COMPUTERS}")


def _protected(record: Record) -> bool:
    return record.get("IsACLProtected") is True or properties(record).get("isaclprotected") is True


def _user_account_control(kind: str, primary: str, told: Record) -> int | None:
    """The flags, from the number itself or from the words for its bits; None when not even `enabled` is told."""
    whole = told.get("useraccountcontrol")
    if isinstance(whole, int):
        return whole
    if not isinstance(told.get("enabled"), bool):
        return None
    flags = (_CONTROLLERS.get(primary) or _KINDS[kind]) | (0 if told["enabled"] else _DISABLED)
    return flags | sum(bit for name, bit in _FLAGS.items() if told.get(name) is True)


def _texts(value: object) -> list[bytes]:
    values = value if isinstance(value, list) else [value]
    return [one.encode() for one in values if isinstance(one, str) and one]


def _sids(value: object) -> list[bytes]:
    values = value if isinstance(value, list) else []
    return [sid for sid in map(binary_sid, map(str, values)) if sid]


def _number(value: object) -> list[bytes]:
    return [str(int(value)).encode()] if isinstance(value, bool | int) else []


def _mark(value: object) -> list[bytes]:
    """False stands for 0 and for no value at all: it tells nothing."""
    return _number(value) if value else []


def _moment(value: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) and value > 0 else None
    except (OverflowError, OSError, ValueError):
        return None


def _password_date(value: object) -> list[bytes]:
    """0 stands for a password to be changed; what is before it, for a date that is not known."""
    moment = _moment(value)
    return [str(file_time(moment)).encode()] if moment else [b"0"] if value == 0 else []


def _date(value: object) -> list[bytes]:
    moment = _moment(value)
    return [str(file_time(moment)).encode()] if moment else []


def _generalized(value: object) -> list[bytes]:
    moment = _moment(value)
    return [moment.strftime("%Y%m%d%H%M%S.0Z").encode()] if moment else []


_WRITTEN: Final[Mapping[str, tuple[bytes, Callable[[object], list[bytes]]]]] = {
    "admincount": (b"adminCount", _mark),
    "allowedtodelegate": (b"msDS-AllowedToDelegateTo", _texts),
    "authorizedsignatures": (b"msPKI-RA-Signature", _number),
    "certificateapplicationpolicy": (b"msPKI-Certificate-Application-Policy", _texts),
    "description": (b"description", _texts),
    "displayname": (b"displayName", _texts),
    "dnshostname": (b"dNSHostName", _texts),
    "ekus": (b"pKIExtendedKeyUsage", _texts),
    "email": (b"mail", _texts),
    "lastlogontimestamp": (b"lastLogonTimestamp", _date),
    "logonscript": (b"scriptPath", _texts),
    "operatingsystem": (b"operatingSystem", _texts),
    "pwdlastset": (b"pwdLastSet", _password_date),
    "samaccountname": (b"sAMAccountName", _texts),
    "schemaversion": (b"msPKI-Template-Schema-Version", _number),
    "serviceprincipalnames": (b"servicePrincipalName", _texts),
    "sidhistory": (b"sIDHistory", _sids),
    "whencreated": (b"whenCreated", _generalized),
}
"""Each property that is read: its attribute, and how its values are written there."""
