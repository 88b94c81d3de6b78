"""Backups: the inventory of systems, copies and repositories, the steps towards 3-2-1, what each audit read, PDMA
exceeded."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.backups import Lock, Medium, Reach, RepositoryTool, RestoreOutcome
from care.store.base import Base, Id, text_enum


class BackupSystem(Base):
    """One system and where its production data live. None and "" mean that nobody said.

    `resource_id` is the continuity resource that it is: PDMA and the time to restore then come from the impact analyses
    unless they are written here. `tested_on`, `test_outcome` and `test_minutes` tell the last full restore test.
    """

    __tablename__ = "backup_system"
    __table_args__ = (Index("ix_backup_system_establishment_id", "establishment_id", "ended_on"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    name: Mapped[str] = mapped_column(String(120))
    resource_id: Mapped[int | None] = mapped_column(ForeignKey("node.id", ondelete="SET NULL"), index=True)
    critical: Mapped[bool | None]
    site: Mapped[str] = mapped_column(String(120))
    medium: Mapped[Medium] = mapped_column(text_enum(Medium))
    scope: Mapped[str] = mapped_column(String(2_000), default="")
    confidentiality: Mapped[str] = mapped_column(String(200), default="")
    pdma_minutes: Mapped[int | None]
    dmard_minutes: Mapped[int | None]
    retention_days: Mapped[int | None]
    data_gb: Mapped[int | None]
    tested_on: Mapped[date | None]
    test_outcome: Mapped[RestoreOutcome | None] = mapped_column(text_enum(RestoreOutcome))
    test_minutes: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text, default="")
    ended_on: Mapped[date | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class BackupCopy(Base):
    """One copy of a system. `repository` names one that a backup audit reads, `host` the machine whose points count;
    `last_success_on` dates a copy that CaRE cannot read, `authentication` is the domain that opens its console."""

    __tablename__ = "backup_copy"
    __table_args__ = (Index("ix_backup_copy_establishment_id", "establishment_id", "ended_on"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    system_id: Mapped[int] = mapped_column(ForeignKey("backup_system.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    medium: Mapped[Medium] = mapped_column(text_enum(Medium))
    site: Mapped[str] = mapped_column(String(120))
    offline: Mapped[bool | None]
    immutable: Mapped[bool | None]
    lock: Mapped[Lock | None] = mapped_column(text_enum(Lock))
    encrypted: Mapped[bool | None]
    tool: Mapped[str] = mapped_column(String(120), default="")
    schedule: Mapped[str] = mapped_column(String(200), default="")
    interval_minutes: Mapped[int | None]
    retention_days: Mapped[int | None]
    authentication: Mapped[str] = mapped_column(String(255), default="")
    repository: Mapped[str] = mapped_column(String(64), default="")
    host: Mapped[str] = mapped_column(String(255), default="")
    last_success_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    ended_on: Mapped[date | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class BackupMilestone(Base):
    """A dated step towards 3-2-1, of one system or of all (None). `ended_on` is the day it was reached."""

    __tablename__ = "backup_milestone"
    __table_args__ = (Index("ix_backup_milestone_establishment_id", "establishment_id", "ended_on"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    system_id: Mapped[int | None] = mapped_column(ForeignKey("backup_system.id"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    due_on: Mapped[date]
    owner: Mapped[str] = mapped_column(String(200), default="")
    ended_on: Mapped[date | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class BackupReading(Base):
    """What one audit said of one system: its newest good point (None: none, or not read), how long the PDMA was, how
    many of the five conditions of 3-2-1-1-0 it met. One line a system and a run, for the trend."""

    __tablename__ = "backup_reading"
    __table_args__ = (Index("ix_backup_reading_system_id", "system_id", "read_at"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), index=True)
    system_id: Mapped[int] = mapped_column(ForeignKey("backup_system.id", ondelete="CASCADE"))
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    read_at: Mapped[datetime]
    measured: Mapped[bool]
    last_good_at: Mapped[datetime | None]
    pdma_minutes: Mapped[int | None]
    met: Mapped[int]


class BackupBreach(Base):
    """The PDMA of a system exceeded, from the audit that saw it to the one that saw it end: both are told by mail."""

    __tablename__ = "backup_breach"
    __table_args__ = (Index("ix_backup_breach_system_id", "system_id", "ended_at"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), index=True)
    system_id: Mapped[int] = mapped_column(ForeignKey("backup_system.id", ondelete="CASCADE"))
    pdma_minutes: Mapped[int]
    last_good_at: Mapped[datetime | None]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class BackupRepository(Base):
    """A repository that backup audits read: what keeps the copies, how it is reached, where it is.

    `path` is the folder, here or over SSH, the path on a REST server, or the prefix in a `bucket`; `account` who reads
    it there (over S3: the access key). What opens it is a secret of the target that reads the inventory, under its
    name. `pattern` tells which files of a folder count, `identity` is the one it must have.
    """

    __tablename__ = "backup_repository"
    __table_args__ = (Index("ix_backup_repository_establishment_id", "establishment_id", "ended_on"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    name: Mapped[str] = mapped_column(String(64))
    tool: Mapped[RepositoryTool] = mapped_column(text_enum(RepositoryTool))
    reach: Mapped[Reach] = mapped_column(text_enum(Reach))
    path: Mapped[str] = mapped_column(String(1_000), default="")
    host: Mapped[str] = mapped_column(String(253), default="")
    port: Mapped[int | None]
    account: Mapped[str] = mapped_column(String(128), default="")
    bucket: Mapped[str] = mapped_column(String(63), default="")
    region: Mapped[str] = mapped_column(String(32), default="")
    host_keys: Mapped[str] = mapped_column(Text, default="")
    tls: Mapped[bool] = mapped_column(default=True)
    ca: Mapped[str] = mapped_column(Text, default="")
    pattern: Mapped[str] = mapped_column(String(200), default="*")
    identity: Mapped[str] = mapped_column(String(128), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    ended_on: Mapped[date | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class BackupStatement(Base):
    """What an establishment says of its backups as a whole: the policy (None: nobody said, False: there is none), the
    accounts that administer backups, the directory that people sign in to, how that directory is backed up.

    `items` are those of the policy, `directory` the fields of `scanners.backup.facts` on the backup of the directory.
    """

    __tablename__ = "backup_statement"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True, autoincrement=False)
    policy: Mapped[bool | None]
    policy_on: Mapped[date | None]
    validated: Mapped[bool | None]
    items: Mapped[list[str]] = mapped_column(JSON, default=list)
    production_domain: Mapped[str] = mapped_column(String(255), default="")
    administrators: Mapped[list[str]] = mapped_column(JSON, default=list)
    directory: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class BackupJobTie(Base):
    """Which system a name found in job histories is, or those that a pattern with `*` stands for; None: none of ours,
    for a `reason`. A name that is several systems has a line for each."""

    __tablename__ = "backup_job_tie"
    __table_args__ = (Index("ix_backup_job_tie_establishment_id", "establishment_id", "ended_on"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    name: Mapped[str] = mapped_column(String(255))
    system_id: Mapped[int | None] = mapped_column(ForeignKey("backup_system.id"), index=True)
    reason: Mapped[str] = mapped_column(String(300), default="")
    ended_on: Mapped[date | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class IsolationDrill(Base):
    """One try of the “red button” that cuts backups off: the day, who was there, what was cut, whether backups were out
    of reach, the minutes until they were and until all was back (None: nobody timed it). `gaps` holds one gap a line.
    `ended_on` is the day it was withdrawn as a mistake: it then counts for nothing."""

    __tablename__ = "isolation_drill"
    __table_args__ = (Index("ix_isolation_drill_establishment_id", "establishment_id", "ended_on"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    held_on: Mapped[date]
    people: Mapped[str] = mapped_column(String(300))
    cut: Mapped[str] = mapped_column(String(2_000))
    isolated: Mapped[bool]
    cut_minutes: Mapped[int | None]
    back_minutes: Mapped[int | None]
    gaps: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    ended_on: Mapped[date | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)
