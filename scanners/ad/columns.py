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


TIMES: Final = ("whenCreated",)
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
    "groupType",
    "lastLogonTimestamp",
    "lockoutThreshold",
    "maxPwdAge",
    "minPwdLength",
    "ms-DS-MachineAccountQuota",
    "ms-Mcs-AdmPwdExpirationTime",
    "msDFSR-Flags",
    "msDS-Behavior-Version",
    "msDS-LockoutThreshold",
    "msDS-MaximumPasswordAge",
    "msDS-MinimumPasswordLength",
    "msDS-PasswordSettingsPrecedence",
    "msDS-SecondaryKrbTgtNumber",
    "msDS-SupportedEncryptionTypes",
    "msLAPS-PasswordExpirationTime",
    "msPKI-Certificate-Name-Flag",
    "msPKI-Enrollment-Flag",
    "msPKI-RA-Signature",
    "msPKI-Template-Schema-Version",
    "objectVersion",
    "primaryGroupID",
    "pwdHistoryLength",
    "pwdLastSet",
    "pwdProperties",
    "revision",
    "trustAttributes",
    "trustDirection",
    "trustType",
    "userAccountControl",
)
COMPUTED: Final = ("dnsAllowUpdate", "keyCredentials", "tellsPassword")
"""Our own columns: the dynamic-update setting inside `dNSProperty`, the count of `msDS-KeyCredentialLink` values, and 1
where `description` or `info` looks as if it told a password (the text itself is never kept)."""
TEXTS: Final = (
    "adminContextMenu",
    "certificateTemplates",
    "dNSHostName",
    "dSHeuristics",
    "displayName",
    "flatName",
    "gPLink",
    "lDAPDisplayName",
    "managedBy",
    "msDS-AllowedToDelegateTo",
    "msDS-AssignedAuthNPolicySilo",
    "msDS-EnabledFeature",
    "msDS-KrbTgtLink",
    "msDS-NeverRevealGroup",
    "msDS-PSOAppliesTo",
    "msDS-RevealOnDemandGroup",
    "msDS-RevealedUsers",
    "msPKI-Certificate-Application-Policy",
    "nCName",
    "nETBIOSName",
    "operatingSystem",
    "operatingSystemVersion",
    "pKIExtendedKeyUsage",
    "sAMAccountName",
    "scriptPath",
    "serverReference",
    "servicePrincipalName",
    "shellContextMenu",
    "trustPartner",
)
SIDS: Final = ("sIDHistory",)
"""Binary SIDs, kept in their written form."""
TRUSTEES: Final = ("msDS-AllowedToActOnBehalfOfOtherIdentity", "msDS-GroupMSAMembership")
"""Descriptors held in an attribute, kept as the SIDs they allow."""
BLOBS: Final = ("cACertificate",)
"""Binary values kept in base64."""

INT_COLUMNS: Final = frozenset((*TIMES, *BOOLEANS, *INTEGERS, *COMPUTED))
TEXT_COLUMNS: Final = frozenset((*TEXTS, *SIDS, *TRUSTEES, *BLOBS))


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

    def __len__(self) -> int:
        return len(self.dn)

    def ints(self, name: str) -> Ints:
        """One value per object of an integer attribute."""
        if name not in INT_COLUMNS:
            raise KeyError(name)
        return self._dense(name)

    def texts(self, name: str) -> TextColumn:
        """The objects that have a text attribute, with its values."""
        if name not in TEXT_COLUMNS:
            raise KeyError(name)
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
        return {dn.lower(): row for row, dn in enumerate(self.dn)}

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
