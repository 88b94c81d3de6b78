"""What one scanner publishes for another: frozen types, so that no scanner imports another.

The facts of the directory publish machines, account names and what group policies say of workstations; workstations and
backup read them from its archive.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from scanners.model import Gap, Text


@dataclass(frozen=True, slots=True)
class Machine:
    """One computer account of the directory. Times are UTC, None when never or not readable.

    `server` includes domain controllers, which `controller` tells apart. `unit` is the organisational unit it is
    in, “” in a container.
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
    unit: str = ""


@dataclass(frozen=True, slots=True)
class PolicySetting:
    """One setting as group policies give it to some machines or people.

    `values` holds the one that wins; several when a condition decides (WMI filter, targeted preference, policy of a
    site): any of them may win. None among them: no policy sets it. `policy` names the policy of the last.
    """

    name: str
    values: tuple[str | None, ...]
    policy: str


@dataclass(frozen=True, slots=True)
class LocalAdministrator:
    """Somebody whom a policy puts among the local administrators of machines.

    `people`: how many enabled accounts of people act with it, None when that is not known (another domain, a name that
    nothing bears). `everybody`: it means whoever logs on. `usual`: the built-in administrator and those of the domain,
    who are there on any machine.
    """

    name: str
    policy: str
    people: int | None
    everybody: bool = False
    usual: bool = False


@dataclass(frozen=True, slots=True)
class PolicyReach:
    """What group policies give to the enabled workstations, or to the enabled people, of one unit.

    A unit stands several times when policies are filtered: `members` says how many each part has. `imposed`: a policy
    imposes the whole list of local administrators. `doubt`: why nothing sure can be said of this part.
    """

    unit: str
    members: int
    settings: tuple[PolicySetting, ...] = ()
    administrators: tuple[LocalAdministrator, ...] = ()
    imposed: bool = False
    doubt: Text | None = None


@dataclass(frozen=True, slots=True)
class StationPolicies:
    """What the group policies of a domain say of its workstations. `gap`: why more may apply than was read."""

    stations: tuple[PolicyReach, ...]
    people: tuple[PolicyReach, ...]
    gap: Text | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """An account or a group of a directory. `active` is False for one that is disabled or deleted."""

    name: str
    active: bool


def _nobody(_sid: str) -> Principal | None:
    """A directory that tells of no SID."""
    return None


@dataclass(frozen=True, slots=True)
class Directory:
    """One domain as its audit saw it.

    `laps_installed` is None when the schema could not be read; `account_names` holds the lower-case `sAMAccountName` of
    enabled users, `closed_names` those of disabled ones, `group_names` those of groups; `level` is the estimated ANSSI
    level (1 to 5), None when not judged; sections of `gaps` are those of the directory's facts. `policies` is None when
    SYSVOL was not read. `sid` is that of the domain, "" when it is not known; `principal` gives what a SID is there,
    None when nothing read has it.
    """

    domain: str
    netbios: str
    collected_at: datetime
    machines: tuple[Machine, ...]
    laps_installed: bool | None
    account_names: frozenset[str]
    level: int | None
    gaps: tuple[Gap, ...]
    policies: StationPolicies | None = None
    closed_names: frozenset[str] = frozenset()
    group_names: frozenset[str] = frozenset()
    sid: str = ""
    principal: Callable[[str], Principal | None] = field(default=_nobody, compare=False, repr=False)


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
