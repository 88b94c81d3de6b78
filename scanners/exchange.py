"""What one scanner publishes for another: frozen types, so that no scanner imports another.

The facts of the directory publish machines and account names; workstations and backup read them from its archive.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from scanners.model import Gap


@dataclass(frozen=True, slots=True)
class Machine:
    """One computer account of the directory. Times are UTC, None when never or not readable.

    `server` includes domain controllers, which `controller` tells apart.
    """

    name: str
    sid: str
    operating_system: str
    operating_system_version: str
    enabled: bool
    server: bool
    created: datetime | None
    last_logon: datetime | None
    password_set: datetime | None
    laps_expires: datetime | None
    controller: bool = False


@dataclass(frozen=True, slots=True)
class Directory:
    """One domain as its audit saw it.

    `laps_installed` is None when the schema could not be read; `account_names` holds the lower-case
    `sAMAccountName` of enabled users; `level` is the estimated ANSSI level (1 to 5), None when not judged; sections of
    `gaps` are those of the directory's facts.
    """

    domain: str
    netbios: str
    collected_at: datetime
    machines: tuple[Machine, ...]
    laps_installed: bool | None
    account_names: frozenset[str]
    level: int | None
    gaps: tuple[Gap, ...]


@runtime_checkable
class PublishesDirectory(Protocol):
    """Facts that can tell about a directory."""

    def directory(self) -> Directory:
        """The directory these facts describe."""


@dataclass(frozen=True, slots=True)
class NamedProduct:
    """A product that facts name: lower-case `vendor:product` when a CPE says so, else the name the scanner gave it.

    `version` is empty when it could not be told. `subject` says where: `192.0.2.1:443/tcp`, or names of machines.
    `declared`: people wrote it in a register or a plan, nothing saw it.
    """

    product: str
    version: str = ""
    cpe: str = ""
    subject: str = ""
    declared: bool = False
