"""What is known of an establishment's backups: the plan people wrote, and what CaRE read in the repositories.

The plan uses the words of PGSSI-S: PDMA (maximum data loss accepted) and DMARD (maximum time to restore the data). Its
file is described in `docs/plan-sauvegarde.md`; `scanners.backup.plan` reads it. Times are UTC.

Sections that gaps may name: `repositories` (a repository not opened, so nothing is known of its snapshots),
`integrity` (its check), `restore` (its sampled restore), `protection` (what its server says of its locks), `directory`
(the production directory), and those of `scanners.backup.jobs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import AwareDatetime, ConfigDict, Field

from scanners.archive import CollectedAt, DataclassFormat
from scanners.backup.jobs import History
from scanners.model import Gap, Rule

MAX_SYSTEMS = 2_000
MAX_COPIES = 50
MAX_REPOSITORIES = 500
MAX_SNAPSHOTS = 5_000
"""Of one repository, the newest are kept: hourly snapshots for six months."""
MAX_PARTS = 256
"""Shares a data check is cut into, at most: restic's own limit."""

Day = date
"""A calendar day; the alias leaves the name `date` to fields."""

_STRICT = ConfigDict(extra="forbid")

Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f]+$")]
JobName = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f]+$")]
_SystemName = Annotated[str, Field(max_length=120)]
JobSystems = _SystemName | Annotated[tuple[_SystemName, ...], Field(min_length=1, max_length=MAX_SYSTEMS)]
RepositoryName = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Hours = Annotated[float, Field(gt=0, le=87_600, allow_inf_nan=False)]
Medium = Literal["disk", "san", "nas", "tape", "object_storage", "removable", "optical"]
Tool = Literal["restic", "borg", "rotation", "postgresql", "drop"]
"""What keeps the copies: two tools, folders that turn (`daily.0`, `daily.1`…), database dumps, files that land."""
Lock = Literal["compliance", "governance", "worm", "append_only", "snapshot", "none"]
"""What keeps a copy from being changed: object lock in compliance or governance mode, media written once, a repository
that only grows, a read-only snapshot, nothing. Only the first and the third hold against an administrator."""

PolicyItem = Literal[
    "vital_data", "backup_types", "frequency", "administration", "storage_access", "restore_tests", "disposal"
]
POLICY_ITEMS: tuple[PolicyItem, ...] = get_args(PolicyItem)
"""The seven things a backup policy lists (ANSSI, guide d’hygiène, measure 37)."""

AnswerKey = Literal[
    "supervision_procedure",
    "failed_jobs_without_ticket",
    "isolation_drill",
    "keys_apart",
    "second_factor",
    "backup_zone",
    "emergency_accounts",
    "directory_backup",
    "business_correspondent",
    "saas_clauses",
    "restore_sheet",
    "new_systems_added",
    "dedicated_directory_level",
    "technical_test",
]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered to one question, when, and with which proof. `value` None: not answered."""

    __pydantic_config__ = _STRICT

    value: bool | float | None
    date: Day | None = None
    comment: Annotated[str, Field(max_length=2_000)] = ""
    evidence: Annotated[str, Field(max_length=500)] = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """The backup and restore policy. `items` is None when nobody said what it holds."""

    __pydantic_config__ = _STRICT

    date: Day
    validated: bool
    items: tuple[PolicyItem, ...] | None = None


@dataclass(frozen=True, slots=True)
class DirectoryBackup:
    """How the directory is saved, so that its forest can be rebuilt. None: nobody said.

    `controllers` have their system state saved, in the domain that has the fewest. `offline`: one of these copies is
    out of reach of the network. `dsrm_apart`: the DSRM passwords are known, in a vault that opens without the
    directory. `rebuilt_on` is the day the procedure was last tried with success, “never” when it was not.
    """

    __pydantic_config__ = _STRICT

    controllers: Annotated[int, Field(ge=0, le=1_000)] | None = None
    offline: bool | None = None
    dsrm_apart: bool | None = None
    rebuilt_on: Day | Literal["never"] | None = None


@dataclass(frozen=True, slots=True)
class Milestone:
    """One dated step of the way to 3-2-1, of one system or of all (no name). `done` is the day it was reached."""

    __pydantic_config__ = _STRICT

    date: Day
    title: Name
    system: Annotated[str, Field(max_length=120)] = ""
    done: Day | None = None


@dataclass(frozen=True, slots=True)
class Isolation:
    """The last try of the “red button”: the day, and whether backups were really cut off."""

    __pydantic_config__ = _STRICT

    date: Day
    success: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where the production data lives; `site` names a building."""

    __pydantic_config__ = _STRICT

    site: Name
    medium: Medium


@dataclass(frozen=True, slots=True)
class Copy:
    """One backup copy of a system, as declared.

    None means “not said”: it never counts in favour. `repository` names one of the plan's repositories; `host` keeps
    only the snapshots of that machine. `authentication` is the domain that opens the backup console (“local” for
    accounts of its own). `last_success` dates a copy that CaRE cannot read. `lock` says by what `immutable` holds;
    `tool` and `schedule` are words of the establishment.
    """

    __pydantic_config__ = _STRICT

    name: Name
    medium: Medium
    site: Name
    offline: bool | None = None
    immutable: bool | None = None
    encrypted: bool | None = None
    repository: RepositoryName | None = None
    host: Annotated[str, Field(max_length=255)] = ""
    authentication: Annotated[str, Field(max_length=255)] = ""
    interval_hours: Hours | None = None
    last_success: Day | None = None
    lock: Lock | None = None
    tool: Annotated[str, Field(max_length=120)] = ""
    schedule: Annotated[str, Field(max_length=200)] = ""
    retention_days: Annotated[float, Field(gt=0, le=36_500)] | None = None


@dataclass(frozen=True, slots=True)
class RestoreTest:
    """The last full restore test of a system, as reported. `duration_hours` is None when nobody timed it."""

    __pydantic_config__ = _STRICT

    date: Day
    success: bool
    duration_hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class System:
    """One system and its backup plan. Empty or None fields are those nobody filled.

    `data_gb` is the volume to restore, in 10⁹ bytes. `last_restore_test` is “never”, a test, or None when not said.
    """

    __pydantic_config__ = _STRICT

    name: Name
    production: Place
    copies: Annotated[tuple[Copy, ...], Field(max_length=MAX_COPIES)] = ()
    critical: bool = True
    scope: Annotated[str, Field(max_length=2_000)] = ""
    confidentiality: Annotated[str, Field(max_length=200)] = ""
    pdma_hours: Hours | None = None
    dmard_hours: Hours | None = None
    retention_days: Annotated[float, Field(gt=0, le=36_500)] | None = None
    data_gb: Annotated[float, Field(gt=0, le=1e9)] | None = None
    last_restore_test: RestoreTest | Literal["never"] | None = None


Host = Annotated[str, Field(max_length=253, pattern=r"^(?:[A-Za-z0-9][A-Za-z0-9.-]*|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)$")]
"""A name or an address: nothing that a command line or a configuration file could take for something else."""
Port = Annotated[int, Field(ge=1, le=65_535)]
Pem = Annotated[str, Field(max_length=100_000)]
_SEGMENTS = r"^(?:[A-Za-z0-9_~][A-Za-z0-9_.~=-]*(?:/[A-Za-z0-9_~][A-Za-z0-9_.~=-]*)*)?$"


@dataclass(frozen=True, slots=True)
class SshPlace:
    """A folder of another machine, over SSH: restic speaks SFTP there, borg starts `borg serve`.

    `host_keys` holds its lines of a known_hosts file. Secret: `access.<name>`, a private key without passphrase.
    """

    __pydantic_config__ = _STRICT

    kind: Literal["ssh"]
    host: Host
    user: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$")]
    path: Annotated[str, Field(max_length=1_000, pattern=r"^/[^\x00-\x1f\x7f{}\\:%]+$")]
    host_keys: Annotated[str, Field(min_length=1, max_length=20_000)]
    port: Port = 22


@dataclass(frozen=True, slots=True)
class RestPlace:
    """A restic REST server. Secret: `access.<name>`, the password of `user`. `ca`: its own authority, as PEM."""

    __pydantic_config__ = _STRICT

    kind: Literal["rest"]
    host: Host
    port: Port = 8000
    path: Annotated[str, Field(max_length=500, pattern=_SEGMENTS)] = ""
    user: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.@-]{0,64}$")] = ""
    tls: bool = True
    ca: Pem = ""


@dataclass(frozen=True, slots=True)
class S3Place:
    """A bucket of an S3 service. Secret: `access.<name>`, the secret key of `access_key`."""

    __pydantic_config__ = _STRICT

    kind: Literal["s3"]
    host: Host
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    access_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_+=,.@-]{1,128}$")]
    port: Port = 443
    prefix: Annotated[str, Field(max_length=500, pattern=_SEGMENTS)] = ""
    region: Annotated[str, Field(pattern=r"^[a-z0-9-]{0,32}$")] = ""
    tls: bool = True
    ca: Pem = ""


RemotePlace = Annotated[SshPlace | RestPlace | S3Place, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class RepositoryPlan:
    """Where one repository is: a local or mounted folder (`location`), or another machine (`remote`).

    Its secrets are never written here: `repository.<name>` (password) and `access.<name>` (what opens `remote`).
    `password_file` and `access_file` are for the command line (`read_plan`); elsewhere secrets are kept apart and these
    are ignored. `pattern` tells which files of a folder count (dumps and drops). `identity` is the one it must have.
    """

    __pydantic_config__ = _STRICT

    name: RepositoryName
    tool: Tool
    location: Annotated[str, Field(max_length=4_096)] = ""
    password_file: Annotated[str, Field(max_length=4_096)] = ""
    remote: RemotePlace | None = None
    access_file: Annotated[str, Field(max_length=4_096)] = ""
    pattern: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^/\x00-\x1f]+$")] = "*"
    identity: Annotated[str, Field(max_length=128)] = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole plan of an establishment. Fields left out were not answered.

    `critical_systems` comes from the business impact analysis; `administrators` are the accounts that manage backups;
    `production_domain` is the directory users sign in to. `jobs` says which system each name found in job histories is
    (several for one name, "" for none of ours); a `*` in a name stands for anything, and a name written like that of a
    system or of a copy's machine needs no line.
    """

    __pydantic_config__ = _STRICT

    version: Literal[1]
    establishment: Name
    systems: Annotated[tuple[System, ...], Field(min_length=1, max_length=MAX_SYSTEMS)]
    repositories: Annotated[tuple[RepositoryPlan, ...], Field(max_length=MAX_REPOSITORIES)] = ()
    production_domain: Annotated[str, Field(max_length=255)] = ""
    critical_systems: tuple[Name, ...] | None = None
    policy: Policy | Literal["none"] | None = None
    directory_backup: DirectoryBackup | None = None
    administrators: tuple[Name, ...] | None = None
    milestones: tuple[Milestone, ...] = ()
    jobs: Annotated[Mapping[JobName, JobSystems], Field(max_length=10_000)] = field(default_factory=dict)
    answers: Mapping[AnswerKey, Answer] = field(default_factory=dict)
    isolation: Isolation | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One restore point. `time` is chosen by the machine that made it; `first_seen` is when we first met it.

    `series` tells apart the sources that share a repository: figures are compared within one. `size` (bytes of the
    files saved) and `files` are the figures of the snapshot itself, None when they were not told.
    """

    id: str
    time: AwareDatetime
    host: str
    first_seen: AwareDatetime | None = None
    series: str = ""
    size: int | None = None
    files: int | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """The turn of data checks in progress: which of `parts` shares were read since `began`, all sound.

    `completed` dates the last whole turn, None when there was none yet.
    """

    parts: Annotated[int, Field(ge=1, le=MAX_PARTS)]
    done: tuple[int, ...]
    began: AwareDatetime
    completed: AwareDatetime | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """A restore point met once and no longer there. `last_seen` is the last reading that held it."""

    snapshot: Snapshot
    last_seen: AwareDatetime
    missed_at: AwareDatetime


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a repository from one audit to the next, since `since`; `read_at` is the last reading.

    `size` is that of the repository on disk. `former_identity` is the one it had before `changed_at`, "" when it never
    changed.
    """

    identity: str
    since: AwareDatetime
    read_at: AwareDatetime
    snapshots: tuple[Snapshot, ...] = ()
    gone: tuple[Gone, ...] = ()
    turn: Turn | None = None
    size: int = 0
    former_identity: str = ""
    changed_at: AwareDatetime | None = None


@dataclass(frozen=True, slots=True)
class Protection:
    """What stops someone from erasing a repository, as measured. `days`: retention the lock imposes by itself."""

    lock: Lock
    days: float | None = None

    @property
    def immutable(self) -> bool:
        """Whether even an administrator cannot erase it before its term."""
        return self.lock == "compliance" and bool(self.days)


@dataclass(frozen=True, slots=True)
class Check:
    """One integrity check: the structure, and one share `part` of `parts` of the data (1 of 1: all of it).

    `sound` is False when the tool found damage; `detail` holds its first words then. `seconds` is wall clock.
    `newest_only`: nothing but the newest point could be read, which ends no turn.
    """

    sound: bool
    part: int
    parts: int
    seconds: float
    detail: str = ""
    newest_only: bool = False


@dataclass(frozen=True, slots=True)
class RestoreSample:
    """A few files really restored into an empty place and compared.

    It proves something only when `compared` equals `sampled` and is above zero. `seed` draws the same files again from
    the same snapshot. `size` is in bytes, `seconds` times the restore itself.
    """

    snapshot: str
    seed: int
    sampled: int
    compared: int
    wrong: int
    size: int
    seconds: float
    detail: str = ""

    @property
    def good(self) -> bool:
        """Whether every sampled file came back as it was saved."""
        return self.wrong == 0 and self.compared == self.sampled > 0


@dataclass(frozen=True, slots=True)
class Repository:
    """What CaRE read in one repository.

    `opened` is False when it could not be listed (a gap, or damage, says why) and the rest is then unknown.
    `encryption` is the tool's word for the mode, “none” for clear text, "" where it cannot be told. `size`: bytes
    on disk. `locked_since` dates the
    oldest lock left in it. `check` and `restore` are None when they could not be made (a gap says why) or there was
    nothing to restore; `unchecked` tells that nothing there allows a check. `grown` is how many bytes the repository
    took since the reading before. `protection` is None when it cannot be told. `memory` is
    what the next audit must know; it survives a repository that could not be opened.
    """

    name: str
    tool: Tool
    opened: bool
    identity: str = ""
    encryption: str = ""
    size: int = 0
    snapshots: tuple[Snapshot, ...] = ()
    locked_since: AwareDatetime | None = None
    check: Check | None = None
    restore: RestoreSample | None = None
    grown: int | None = None
    protection: Protection | None = None
    unchecked: bool = False
    memory: Memory | None = None


@dataclass(frozen=True, slots=True)
class ProductionDirectory:
    """What the production directory says: its names, and the backup administrators found among its accounts."""

    domain: str
    netbios: str
    collected_at: CollectedAt
    administrators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DedicatedDirectory:
    """A directory that opens a backup console and is not the production one. Its level is between `lowest` and `level`,
    as its last audit estimates it."""

    domain: str
    netbios: str
    level: int
    lowest: int
    collected_at: CollectedAt


@dataclass(frozen=True, slots=True)
class BackupFacts:
    """Plan and repositories of one establishment at one moment."""

    plan: Plan
    repositories: tuple[Repository, ...]
    directory: ProductionDirectory | None
    collected_at: CollectedAt
    gaps: tuple[Gap, ...] = ()
    history: History | None = None
    dedicated: tuple[DedicatedDirectory, ...] = ()

    def repository(self, name: str | None) -> Repository | None:
        """What was read of a repository, None when it is not one of the plan's. The case of its name does not tell it
        apart, unless two differ by that alone."""
        found = next((one for one in self.repositories if one.name == name), None)
        if found is not None or name is None:
            return found
        alike = [one for one in self.repositories if one.name.casefold() == name.casefold()]
        return alike[0] if len(alike) == 1 else None

    def asks(self, rule: Rule[Any]) -> bool:
        """Whether a rule has an object here: those on job histories want a history, or a copy that CaRE cannot open."""
        told = self.history is not None or any(
            copy.repository is None for system in self.plan.systems for copy in system.copies
        )
        return told or "jobs" not in rule.reads or "tickets" in rule.reads

    def said_by(self) -> date:
        """The last day that the plan could speak of when it was said: that of the collection."""
        return self.collected_at.date()

    def days_since(self, moment: date | datetime) -> int:
        """Days between a date and that of the collection, negative in the future."""
        day = moment.date() if isinstance(moment, datetime) else moment
        return (self.collected_at.date() - day).days


FORMAT = DataclassFormat(BackupFacts, schema=1)
