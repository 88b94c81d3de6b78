"""The table of directory objects: one row per object, sparse columns of integers and of texts.

Only attributes named here are asked for, kept, or accepted from an archive: no password, hash or LAPS secret can get
in.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scanners.model import NotAssessable

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

MISSING: Final = int(np.iinfo(np.int64).min)
"""Value of an integer attribute that the object does not have, or that was not readable."""


class Kind(IntEnum):
    """What an object is, decided by its classes. Values are stored in archives: never renumber."""

    OTHER = 0
    USER = 1
    COMPUTER = 2
    GROUP = 3
    GMSA = 4
    SMSA = 5
    DMSA = 6
    FOREIGN = 7
    GPO = 8
    OU = 9
    CONTAINER = 10
    DOMAIN = 11
    TRUST = 12
    PSO = 13
    TEMPLATE = 14
    ENROLLMENT = 15
    CA = 16
    NTFRS = 17
    DNS_ZONE = 18
    SITE = 19
    SERVER = 20
    DSA = 21
    CLASS = 22
    ATTRIBUTE = 23
    SECRET = 24
    KDS_KEY = 25
    DISPLAY = 26
    CROSS_REF = 27
    SILO = 28
    SCHEMA = 29
    OPAQUE = 30
    """An entry of which not even the class was readable."""
    OID = 31
    SUBNET = 32
    DELETED = 33
    """A tombstone or a recycled object: what it was no longer acts."""


TIMES: Final = ("whenChanged", "whenCreated")
"""Attributes written as generalized time, kept as Windows file times like the others."""
BOOLEANS: Final = (
    "msDS-AuthNPolicySiloEnforced",
    "msDS-ExpirePasswordsOnSmartCardOnlyAccounts",
    "msDS-PasswordComplexityEnabled",
    "msDS-PasswordReversibleEncryptionEnabled",
)
INTEGERS: Final = (
    "accountExpires",
    "adminCount",
    "flags",
    "gPOptions",
    "groupType",
    "lastLogonTimestamp",
    "lockOutObservationWindow",
    "lockoutDuration",
    "lockoutThreshold",
    "maxPwdAge",
    "minPwdAge",
    "minPwdLength",
    "ms-DS-MachineAccountQuota",
    "ms-Mcs-AdmPwdExpirationTime",
    "msDFSR-Flags",
    "msDS-Behavior-Version",
    "msDS-DelegatedMSAState",
    "msDS-LockoutThreshold",
    "msDS-MaximumPasswordAge",
    "msDS-MinimumPasswordLength",
    "msDS-PasswordHistoryLength",
    "msDS-PasswordSettingsPrecedence",
    "msDS-SecondaryKrbTgtNumber",
    "msDS-SupportedEncryptionTypes",
    "msLAPS-PasswordExpirationTime",
    "msPKI-Certificate-Name-Flag",
    "msPKI-Enrollment-Flag",
    "msPKI-Private-Key-Flag",
    "msPKI-RA-Signature",
    "msPKI-Template-Schema-Version",
    "objectVersion",
    "primaryGroupID",
    "pwdHistoryLength",
    "pwdLastSet",
    "pwdProperties",
    "revision",
    "searchFlags",
    "systemFlags",
    "tombstoneLifetime",
    "trustAttributes",
    "trustDirection",
    "trustType",
    "userAccountControl",
    "versionNumber",
)
COMPUTED: Final = ("dnsAllowUpdate", "hasMail", "keyCredentials", "lastBackup", "tellsPassword", "unixPassword")
"""Our own columns: the dynamic-update setting inside `dNSProperty`, how many values `mail` and `msDS-KeyCredentialLink`
have, and 1 where `description` or `info` looks as if it told a password, or where there is a Unix password. None of
these values is kept. `lastBackup`: when a partition was last backed up, 0 for never."""
TEXTS: Final = (
    "adminContextMenu",
    "altSecurityIdentities",
    "certificateTemplates",
    "dNSHostName",
    "dSHeuristics",
    "defaultSecurityDescriptor",
    "displayName",
    "dnsRoot",
    "flatName",
    "gPCFileSysPath",
    "gPCWQLFilter",
    "gPLink",
    "lDAPDisplayName",
    "managedBy",
    "msDS-AllowedToDelegateTo",
    "msDS-AssignedAuthNPolicySilo",
    "msDS-EnabledFeature",
    "msDS-HostServiceAccount",
    "msDS-KrbTgtLink",
    "msDS-ManagedAccountPrecededByLink",
    "msDS-NeverRevealGroup",
    "msDS-OIDToGroupLink",
    "msDS-Other-Settings",
    "msDS-PSOApplied",
    "msDS-PSOAppliesTo",
    "msDS-RevealOnDemandGroup",
    "msDS-RevealedUsers",
    "msPKI-Cert-Template-OID",
    "msPKI-Certificate-Application-Policy",
    "msPKI-Certificate-Policy",
    "msPKI-RA-Application-Policies",
    "nCName",
    "nETBIOSName",
    "operatingSystem",
    "operatingSystemVersion",
    "pKIExtendedKeyUsage",
    "possSuperiors",
    "sAMAccountName",
    "scriptPath",
    "serverReference",
    "servicePrincipalName",
    "shellContextMenu",
    "siteObject",
    "subClassOf",
    "systemPossSuperiors",
    "trustPartner",
    "userWorkstations",
    "wellKnownObjects",
)
COMPUTED_TEXTS: Final = ("addresses", "memberChanges")
"""`addresses`: those that the DNS of the domain gives for a server of the sites. `memberChanges`: what the replication
metadata of a privileged group tell of its members, `date|+ or -|distinguished name` each."""
SIDS: Final = ("mS-DS-CreatorSID", "sIDHistory", "securityIdentifier")
"""Binary SIDs, kept in their written form."""
GUIDS: Final = ("attributeSecurityGUID", "schemaIDGUID")
"""Binary GUIDs, kept in their written form."""
TRUSTEES: Final = ("msDS-AllowedToActOnBehalfOfOtherIdentity", "msDS-GroupMSAMembership")
"""Descriptors held in an attribute, kept as the SIDs they allow."""
BLOBS: Final = ("cACertificate", "crossCertificatePair")
"""Binary values kept in base64."""

INT_COLUMNS: Final = frozenset((*TIMES, *BOOLEANS, *INTEGERS, *COMPUTED))
TEXT_COLUMNS: Final = frozenset((*TEXTS, *COMPUTED_TEXTS, *SIDS, *GUIDS, *TRUSTEES, *BLOBS))
ALL_COLUMNS: Final = INT_COLUMNS | TEXT_COLUMNS
OF_SCHEMA_1: Final = frozenset(
    (
        "accountExpires",
        "adminContextMenu",
        "adminCount",
        "cACertificate",
        "certificateTemplates",
        "dNSHostName",
        "dSHeuristics",
        "displayName",
        "dnsAllowUpdate",
        "flatName",
        "gPLink",
        "groupType",
        "keyCredentials",
        "lDAPDisplayName",
        "lastLogonTimestamp",
        "lockoutThreshold",
        "managedBy",
        "maxPwdAge",
        "minPwdLength",
        "ms-DS-MachineAccountQuota",
        "ms-Mcs-AdmPwdExpirationTime",
        "msDFSR-Flags",
        "msDS-AllowedToActOnBehalfOfOtherIdentity",
        "msDS-AllowedToDelegateTo",
        "msDS-AssignedAuthNPolicySilo",
        "msDS-AuthNPolicySiloEnforced",
        "msDS-Behavior-Version",
        "msDS-EnabledFeature",
        "msDS-GroupMSAMembership",
        "msDS-KrbTgtLink",
        "msDS-LockoutThreshold",
        "msDS-MinimumPasswordLength",
        "msDS-NeverRevealGroup",
        "msDS-PSOAppliesTo",
        "msDS-PasswordReversibleEncryptionEnabled",
        "msDS-PasswordSettingsPrecedence",
        "msDS-RevealedUsers",
        "msDS-SecondaryKrbTgtNumber",
        "msDS-SupportedEncryptionTypes",
        "msDS-ExpirePasswordsOnSmartCardOnlyAccounts",
        "msDS-MaximumPasswordAge",
        "msDS-PasswordComplexityEnabled",
        "msDS-RevealOnDemandGroup",
        "msLAPS-PasswordExpirationTime",
        "msPKI-Certificate-Application-Policy",
        "msPKI-Certificate-Name-Flag",
        "msPKI-Enrollment-Flag",
        "msPKI-RA-Signature",
        "msPKI-Template-Schema-Version",
        "nCName",
        "nETBIOSName",
        "objectVersion",
        "operatingSystem",
        "operatingSystemVersion",
        "pKIExtendedKeyUsage",
        "primaryGroupID",
        "pwdHistoryLength",
        "pwdLastSet",
        "pwdProperties",
        "revision",
        "sAMAccountName",
        "sIDHistory",
        "scriptPath",
        "serverReference",
        "servicePrincipalName",
        "shellContextMenu",
        "tellsPassword",
        "trustAttributes",
        "trustDirection",
        "trustPartner",
        "trustType",
        "userAccountControl",
        "whenCreated",
    )
)
"""All that archives of the first schema hold: they do not say what they looked at."""


@dataclass(frozen=True)
class IntColumn:
    """Values of one integer attribute: `rows` ascending, `values` beside."""

    rows: Ints
    values: Ints

    def dense(self, length: int) -> Ints:
        """One value per object, `MISSING` where there is none."""
        full = np.full(length, MISSING, dtype=np.int64)
        full[self.rows] = self.values
        return full


TextColumn = Mapping[int, tuple[str, ...]]
NO_TEXT: Final[TextColumn] = MappingProxyType({})


@dataclass(frozen=True)
class Objects:
    """Every object read, in the order of reading.

    `kind` holds `Kind` values; `sid_prefix` indexes `prefixes` (-1 without SID) and `sid_rid` is the last number;
    `descriptor` indexes the descriptors, or is negative (withheld, malformed); `member_of` and `member` are the two
    ends of membership (row of the group, row of the member); `outside` lists members that are no object read here.
    `asked` are the columns that the source looked at: reading another one raises NotAssessable, for nothing there is
    not the same as nobody looked.
    """

    dn: tuple[str, ...]
    kind: Ints
    prefixes: tuple[str, ...]
    sid_prefix: Ints
    sid_rid: Ints
    descriptor: Ints
    member_of: Ints
    member: Ints
    outside: TextColumn
    int_columns: Mapping[str, IntColumn]
    text_columns: Mapping[str, TextColumn]
    asked: frozenset[str] = ALL_COLUMNS

    def __len__(self) -> int:
        return len(self.dn)

    def ints(self, name: str) -> Ints:
        """One value per object of an integer attribute."""
        if name not in INT_COLUMNS:
            raise KeyError(name)
        self._looked_at(name)
        return self._dense(name)

    def texts(self, name: str) -> TextColumn:
        """The objects that have a text attribute, with its values."""
        if name not in TEXT_COLUMNS:
            raise KeyError(name)
        self._looked_at(name)
        return self.text_columns.get(name, NO_TEXT)

    def text(self, name: str, row: int) -> str:
        """The first value of a text attribute, empty when there is none."""
        values = self.texts(name).get(row, ())
        return values[0] if values else ""

    def sid(self, row: int) -> str:
        """The SID of an object in its written form, empty when it has none."""
        prefix = int(self.sid_prefix[row])
        return f"{self.prefixes[prefix]}-{self.sid_rid[row]}" if prefix >= 0 else ""

    def of(self, *kinds: Kind) -> Mask:
        """Which objects are of one of these kinds."""
        return np.isin(self.kind, [int(kind) for kind in kinds])

    @cached_property
    def row_by_sid(self) -> Mapping[str, int]:
        """Rows by written SID; of several objects with one SID (well-known identities), the first read counts."""
        rows = np.flatnonzero(self.sid_prefix >= 0)[::-1].tolist()
        return {self.sid(row): row for row in rows}

    @cached_property
    def row_by_dn(self) -> Mapping[str, int]:
        """Rows by distinguished name in lower case."""
        return {dn: row for row, dn in enumerate(self.lower_dn)}

    @cached_property
    def lower_dn(self) -> tuple[str, ...]:
        """Distinguished names in lower case."""
        return tuple([dn.lower() for dn in self.dn])

    def _looked_at(self, name: str) -> None:
        if name not in self.asked:
            raise NotAssessable(
                f"L’attribut {name} n’a pas été relevé : la source est incomplète, ou d’une version ancienne de CaRE ; "
                "relancez l’audit de l’annuaire.",
                f"The attribute {name} was not collected: the source is incomplete, or of an old version of CaRE; run "
                "the audit of the directory again.",
            )

    @cached_property
    def _dense_columns(self) -> dict[str, Ints]:
        return {}

    def _dense(self, name: str) -> Ints:
        if name not in self._dense_columns:
            column = self.int_columns.get(name)
            nothing = np.full(len(self), MISSING, dtype=np.int64)
            self._dense_columns[name] = column.dense(len(self)) if column is not None else nothing
        return self._dense_columns[name]


def int_column(rows: Sequence[int] | array[int], values: Sequence[int] | array[int]) -> IntColumn:
    """A column from its rows (ascending) and their values."""
    return IntColumn(np.array(rows, dtype=np.int64), np.array(values, dtype=np.int64))
