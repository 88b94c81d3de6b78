"""Machines reconciled from several lists, as columns, with the answers people gave and the life cycle of systems.

A million machines fit in about 150 MB. Dates are days since 1970-01-01 (UTC), `NEVER` when there is none or it is not
known. Yes/no columns that a list may leave out hold `YES`, `NO` or `UNKNOWN`.

Sections that gaps may name: `directory`, `laps`, and the kinds of lists (one read in part, or values not understood).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from pydantic import AwareDatetime, ConfigDict, Field, TypeAdapter

from scanners.archive import CollectedAt, Parts
from scanners.exchange import StationPolicies
from scanners.lifecycle import LifeCycle
from scanners.model import Gap

MAX_PLACES = 5_000
"""Sites, and services, that are told apart: the others keep their machines without a place."""
MAX_NAMED = 2_000
"""Shared serial numbers, and names in several domains, that are named."""
NAME_BYTES = 64

NEVER = -1
UNKNOWN, NO, YES = -1, 0, 1

Day = date
Bools = npt.NDArray[np.bool_]
Days = npt.NDArray[np.int32]
Flags = npt.NDArray[np.int8]

_STRICT = ConfigDict(extra="forbid")
_EPOCH = date(1970, 1, 1)

SourceKind = Literal[
    "directory", "inventory", "edr", "antivirus", "patches", "software", "log_sources", "security_events", "leavers"
]
MachineList = Literal["directory", "inventory", "edr", "antivirus", "patches"]
MACHINE_LISTS: tuple[MachineList, ...] = get_args(MachineList)
"""The lists of machines, in the order in which their names, systems and places are believed."""
LogSource = Literal["servers", "network", "firewalls", "directory", "antivirus"]
LOG_SOURCES: tuple[LogSource, ...] = get_args(LogSource)
"""What PGSSI-S 7.2.2.1 wants logged: servers, network, firewalls, DNS-DHCP-directory, antivirus."""
DetectionMeans = Literal["antivirus_console", "integrity_control", "log_analysis", "network_ids", "backup_console"]
DETECTION_MEANS: tuple[DetectionMeans, ...] = get_args(DetectionMeans)
"""What PGSSI-S 7.3.2.4 recommends to detect with."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A yes or no given by a person, dated. `value` None: not answered."""

    __pydantic_config__ = _STRICT

    value: bool | None
    date: Day | None = None
    comment: Annotated[str, Field(max_length=2_000)] = ""
    evidence: Annotated[str, Field(max_length=500)] = ""


Percent = Annotated[float, Field(ge=0, le=100)]
Placed = Annotated[str, Field(max_length=120)]
Count = Annotated[int, Field(ge=0, le=36_500)]


@dataclass(frozen=True, slots=True)
class Answers:
    """What people declare. Every field left out is not answered (`docs/formats.md` explains each)."""

    __pydantic_config__ = _STRICT

    establishment: Annotated[str, Field(max_length=120)] = ""
    isolated: tuple[str, ...] | None = None
    inventory_campaign: Answer | None = None
    unmanaged_search: Answer | None = None
    local_admin_review: Answer | None = None
    local_firewall: Answer | None = None
    antivirus_signatures: Answer | None = None
    removable_media: Answer | None = None
    configuration_review: Answer | None = None
    administration_stations: Answer | None = None
    session_lock_minutes: Annotated[float, Field(ge=0, le=100_000)] | None = None
    clock_synchronised: Answer | None = None
    logs_central: Answer | None = None
    logs_protected: Answer | None = None
    log_sources: tuple[LogSource, ...] | None = None
    log_retention_days: Count | None = None
    events_within_24h_percent: Percent | None = None
    detection_means: tuple[DetectionMeans, ...] | None = None
    detection_procedures: Answer | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Thresholds an establishment may change. Those marked ours have no official figure.

    EDR coverage: no threshold was found in CaRE; 95 % of workstations and 100 % of servers are ours. Ours too: silence
    of an agent (7 days) and of a log source (24 hours), stale machines (90 days), LAPS left unrotated (30 days after
    expiry), machines patched in time (95 %), age of the table of life cycles (365 days). Patches: one month (ANSSI
    hygiene 34). Antivirus: every machine, updated every day (PGSSI-S 4.5.3). Encryption: every laptop (PGSSI-S 4.5.6).
    Leavers: 7 days, given as an example by ReCyF 10.A.5; the policy of the establishment decides.
    `remote_tools_allowed`: names of `remote_tools.TOOLS`. Log retention: texts disagree (3 to 12 months, see
    `retention`); 365 days is ours.
    """

    __pydantic_config__ = _STRICT

    edr_workstations_percent: Percent = 95.0
    edr_servers_percent: Percent = 100.0
    edr_silent_days: Count = 7
    stale_days: Count = 90
    laps_expired_days: Count = 30
    patch_days: Count = 30
    patched_percent: Percent = 95.0
    antivirus_percent: Percent = 100.0
    signature_days: Count = 1
    encrypted_percent: Percent = 100.0
    remote_tools_allowed: tuple[Annotated[str, Field(max_length=60)], ...] = ()
    log_retention_days: Count = 365
    log_silent_hours: Count = 24
    lifecycle_days: Count = 365
    leaver_days: Count = 7


@dataclass(frozen=True, slots=True)
class System:
    """An operating system as the lists write it: name and version, for instance `10.0 (19045)`."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class ListedSource:
    """One source of logs as the SIEM lists it: its type in the words of the product, the short name of its host, its
    last event (None: never, or not understood) and how long its logs are kept (None: the list does not say)."""

    name: str
    kind: str = ""
    host: str = ""
    last_event: AwareDatetime | None = None
    retention_days: int | None = None


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One security event of the list of a SOC: `hours` are the working hours until it was handled, or until the audit
    when it is not (`working_hours`)."""

    number: str
    opened: AwareDatetime
    handled: bool
    hours: float


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody who left on that day, and whose account is still enabled."""

    account: str
    left: Day


@dataclass(frozen=True, slots=True)
class Leavers:
    """The list of people who left, against the directory: so many are gone by the day of the audit, so many of them
    have or had an account there (`known`), and those whose account is `still` enabled. Others are not kept."""

    gone: int
    known: int
    still: tuple[Leaver, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One list that was read: its columns that were understood, its lines, and the machines it names twice.

    `on` is the day when it was brought, or collected; None when nobody said.
    """

    kind: SourceKind
    name: str
    columns: tuple[str, ...]
    lines: int
    duplicates: int = 0
    on: Day | None = None


@dataclass(frozen=True, slots=True)
class SharedSerial:
    """A serial number that several machines bear: `where` names the list, “” when lists disagree on whose it is."""

    serial: str
    where: str
    machines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matching:
    """How the lists were put together.

    Lines that took the name of a machine known under another one: by SID, by serial number. `shared` serial numbers
    identify nobody and were not used; `blank` counts the lines whose serial number is one of those that makers leave
    (“To be filled by O.E.M.”). `clashes`: names that several domains bear, kept apart.
    """

    by_sid: int = 0
    by_serial: int = 0
    blank: int = 0
    shared: tuple[SharedSerial, ...] = ()
    clashes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoteTool:
    """A remote-control program that the list of software names on a machine."""

    machine: str
    tool: str
    version: str = ""


@dataclass(frozen=True)
class Machines:
    """One row per machine known to at least one list, sorted by name.

    `name`: upper-case short name (ASCII bytes), with its domain when two domains bear it. `directory`, `inventory`,
    `edr`, `antivirus`, `patches`: which lists know it. `other_name`: what another list calls it. `enabled`: its account
    is enabled in the directory; `controller`: it is a domain controller. `system`, `site`, `service`: rows of those of
    `Background`, -1 when no list says.

    Said by consoles: `protected` (real-time protection on), `fresh` (signatures up to date), `firewall`, `compliant`
    (no patch missing). Said by the inventory: `exposed` (to the Internet; consoles tell it too), `changeable` (its
    secrets can be changed by the establishment), `dedicated_admin` (administered from accounts kept for that),
    `admin_link` (through a physical link or interface of administration). `patched`: day of the last patch;
    `patch_seen`, `antivirus_seen`, `edr_seen`: last contact; `signatures`: day of the signatures. When two lists or two
    lines disagree, NO holds (YES for `exposed`), and the latest day.
    """

    name: npt.NDArray[np.bytes_]
    directory: Bools
    inventory: Bools
    edr: Bools
    enabled: Bools
    controller: Bools
    server: Flags
    laptop: Flags
    encrypted: Flags
    isolated: Flags
    system: npt.NDArray[np.int32]
    created: Days
    last_logon: Days
    laps_expires: Days
    patched: Days
    edr_seen: Days
    antivirus: Bools
    patches: Bools
    protected: Flags
    fresh: Flags
    firewall: Flags
    compliant: Flags
    antivirus_seen: Days
    signatures: Days
    patch_seen: Days
    site: npt.NDArray[np.int32]
    service: npt.NDArray[np.int32]
    other_name: npt.NDArray[np.bytes_]
    exposed: Flags
    changeable: Flags
    dedicated_admin: Flags
    admin_link: Flags

    def __len__(self) -> int:
        return len(self.name)

    def label(self, row: int) -> str:
        """Name of one machine."""
        return str(self.name[row], "ascii")

    def known_to(self, kind: MachineList) -> Bools:
        """Which machines a list knows."""
        known: Bools = getattr(self, kind)
        return known

    def names(self, mask: Bools) -> list[str]:
        """Names of the chosen machines."""
        return [str(name, "ascii") for name in self.name[mask].tolist()]


@dataclass(frozen=True, slots=True)
class Background:
    """Everything but the machines. `laps_installed` is None when the directory could not tell, `policies` when it did
    not read group policies, `log_list`, `events` and `leavers` when no such list was given."""

    systems: tuple[System, ...]
    sources: tuple[Source, ...]
    answers: Answers
    settings: Settings
    lifecycle: tuple[LifeCycle, ...]
    domain: str
    laps_installed: bool | None
    collected_at: CollectedAt
    gaps: tuple[Gap, ...] = ()
    policies: StationPolicies | None = None
    log_list: tuple[ListedSource, ...] | None = None
    sites: tuple[Placed, ...] = ()
    services: tuple[Placed, ...] = ()
    matching: Matching = Matching()
    remote_tools: tuple[RemoteTool, ...] = ()
    events: tuple[SecurityEvent, ...] | None = None
    leavers: Leavers | None = None


@dataclass(frozen=True)
class WorkstationFacts:
    """Machines and detection of one establishment at one moment."""

    background: Background
    machines: Machines
    _sources: Mapping[SourceKind, Source] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_sources", {source.kind: source for source in self.background.sources})

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What was not read."""
        return self.background.gaps

    @property
    def place(self) -> str:
        """What findings about the whole call it: the establishment, else the domain."""
        return self.background.answers.establishment or self.background.domain or "—"

    @cached_property
    def today(self) -> int:
        """Day of the collection."""
        return day_number(self.background.collected_at.date())

    def source(self, kind: SourceKind) -> Source | None:
        """A list that was read, None when it was not given."""
        return self._sources.get(kind)

    @cached_property
    def active(self) -> Bools:
        """Machines in service: not merely a disabled or long unused account of the directory."""
        machines = self.machines
        used = machines.last_logon >= self.today - self.background.settings.stale_days
        listed = machines.inventory | machines.edr | machines.antivirus | machines.patches
        return listed | (machines.directory & machines.enabled & used)

    @cached_property
    def given(self) -> tuple[MachineList, ...]:
        """The lists of machines that were given."""
        return tuple(kind for kind in MACHINE_LISTS if kind in self._sources)

    def tells(self, column: str, *kinds: SourceKind) -> bool:
        """Whether one of these lists has that column."""
        return any(column in source.columns for kind in kinds if (source := self._sources.get(kind)))


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def day_of(number: int) -> date:
    """The day of a number that is not `NEVER`."""
    return date.fromordinal(_EPOCH.toordinal() + number)


def day_text(number: int) -> str:
    """ISO date of a day, “—” for `NEVER`."""
    return day_of(number).isoformat() if number != NEVER else "—"


_LISTED = ("directory", "inventory", "edr", "enabled", "controller")
_FLAGS = ("server", "laptop", "encrypted", "isolated")
_ROWS = ("system", "created", "last_logon", "laps_expires", "patched", "edr_seen")
_FORMER: Mapping[str, np.dtype[Any]] = {
    "name": np.dtype(f"S{NAME_BYTES}"),
    **dict.fromkeys(_LISTED, np.dtype(np.bool_)),
    **dict.fromkeys(_FLAGS, np.dtype(np.int8)),
    **dict.fromkeys(_ROWS, np.dtype(np.int32)),
}
_SINCE_2: Mapping[str, np.dtype[Any]] = {
    **dict.fromkeys(("antivirus", "patches"), np.dtype(np.bool_)),
    **dict.fromkeys(("protected", "fresh", "firewall", "compliant"), np.dtype(np.int8)),
    **dict.fromkeys(("antivirus_seen", "signatures", "patch_seen", "site", "service"), np.dtype(np.int32)),
    "other_name": np.dtype(f"S{NAME_BYTES}"),
}
_SINCE_3: Mapping[str, np.dtype[Any]] = dict.fromkeys(
    ("exposed", "changeable", "dedicated_admin", "admin_link"), np.dtype(np.int8)
)
_LATER = {**_SINCE_2, **_SINCE_3}
"""Columns that archives of a former schema do not hold: nothing was known of them."""
_DTYPES = {**_FORMER, **_LATER}


_DAYS = (
    *("created", "last_logon", "laps_expires", "patched", "edr_seen"),
    *("antivirus_seen", "signatures", "patch_seen"),
)


def _check_values(columns: Mapping[str, npt.NDArray[Any]]) -> None:
    """ValueError when a day is not one of the calendar or a name is not ASCII: both are read from foreign files."""
    first, last = day_number(date.min), day_number(date.max)
    for name in _DAYS:
        column = columns[name]
        if not ((column == NEVER) | ((column >= first) & (column <= last))).all():
            raise ValueError(f"column {name} holds a day of no calendar")
    for name in ("name", "other_name"):
        if not columns[name].tobytes().isascii():
            raise ValueError(f"column {name} holds other characters than ASCII")


def _unknown(name: str, length: int) -> npt.NDArray[Any]:
    """A column of which nothing is known."""
    dtype = _LATER[name]
    nothing = {"b": False, "S": b""}.get(dtype.kind, UNKNOWN)
    return np.full(length, nothing, dtype=dtype)


class _Format:
    """Machines as columns beside one JSON document."""

    schema = 3

    def __init__(self) -> None:
        self._background: TypeAdapter[Background] = TypeAdapter(Background)

    def pack(self, facts: WorkstationFacts) -> Parts:
        """The facts taken apart."""
        columns = {one.name: getattr(facts.machines, one.name) for one in fields(Machines)}
        return Parts(self._background.dump_python(facts.background, mode="json"), columns)

    def unpack(self, parts: Parts) -> WorkstationFacts:
        """The facts put together again; ValueError when columns are missing, ragged or of another type."""
        background = self._background.validate_python(parts.document)
        if not set(_FORMER) <= set(parts.arrays) <= set(_DTYPES):
            raise ValueError("columns of machines are missing or unknown")
        length = len(parts.arrays["name"])
        columns = {**{name: _unknown(name, length) for name in _LATER}, **parts.arrays}
        for name, dtype in _DTYPES.items():
            if columns[name].dtype != dtype or columns[name].shape != (length,):
                raise ValueError(f"column {name} has the wrong type or length")
        for name, held in (
            ("system", background.systems),
            ("site", background.sites),
            ("service", background.services),
        ):
            rows = columns[name]
            if length and not (rows.min() >= -1 and rows.max() < len(held)):
                raise ValueError(f"column {name} names a {name} that is not there")
        _check_values(columns)
        return WorkstationFacts(background, Machines(**columns))


FORMAT = _Format()
