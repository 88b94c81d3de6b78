"""The deadlines of backups: steps towards 3-2-1, restore tests to make again, PDMA exceeded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right
from care.domain.backups import RestoreOutcome
from care.domain.deadlines import Deadline, DeadlineKind
from care.services.deadline_source import Source, Wanted, at_site, there
from care.store.backups import BackupBreach, BackupMilestone, BackupSystem
from scanners.model import Text

TESTED_EVERY = timedelta(days=365)
"""A full restore test is made at least yearly (PGSSI-S 7.4.5.2, ReCyF 13.2)."""


def backups(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """What falls due of the inventory of backups."""
    yield from _steps(session, wanted)
    yield from _tests(session, wanted)
    yield from _breaches(session, wanted)


def _steps(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    query = (
        select(BackupMilestone, BackupSystem.name, BackupSystem.ended_on)
        .outerjoin(BackupSystem, BackupSystem.id == BackupMilestone.system_id)
        .where(BackupMilestone.ended_on.is_(None), BackupMilestone.due_on <= wanted.until)
    )
    for row, name, over in session.execute(query.where(*there(BackupMilestone.establishment_id, wanted))):
        if over is not None:
            continue
        what = f"{row.title} ({name})" if name else row.title
        yield Deadline(
            kind=DeadlineKind.BACKUP,
            identity=f"backup_step:{row.id}",
            place=at_site(row.establishment_id),
            title=Text(f"Jalon de sauvegarde : {what}", f"Backup milestone: {what}"),
            due_on=row.due_on,
            changed_at=row.changed_at,
            address=f"/establishments/{row.establishment_id}/backups/steps/{row.id}",
            owner=row.owner,
        )


def _tests(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    query = select(BackupSystem).where(
        BackupSystem.ended_on.is_(None),
        BackupSystem.test_outcome == RestoreOutcome.SUCCESS,
        BackupSystem.tested_on <= wanted.until - TESTED_EVERY,
    )
    for row in session.scalars(query.where(*there(BackupSystem.establishment_id, wanted))):
        yield Deadline(
            kind=DeadlineKind.BACKUP,
            identity=f"backup_test:{row.id}",
            place=at_site(row.establishment_id),
            title=Text(f"Essai de restauration à refaire : {row.name}", f"Restore test to make again: {row.name}"),
            due_on=(row.tested_on or wanted.today) + TESTED_EVERY,
            changed_at=row.changed_at,
            address=f"/establishments/{row.establishment_id}/backups/systems/{row.id}",
        )


def _breaches(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    query = (
        select(BackupBreach, BackupSystem.name)
        .join(BackupSystem, BackupSystem.id == BackupBreach.system_id)
        .where(BackupBreach.ended_at.is_(None), BackupSystem.ended_on.is_(None))
    )
    for row, name in session.execute(query.where(*there(BackupBreach.establishment_id, wanted))):
        yield Deadline(
            kind=DeadlineKind.BACKUP,
            identity=f"backup_breach:{row.id}",
            place=at_site(row.establishment_id),
            title=Text(f"Sauvegarde plus ancienne que la PDMA : {name}", f"Backup older than the PDMA: {name}"),
            due_on=wanted.day(row.began_at),
            changed_at=row.began_at,
            address=f"/establishments/{row.establishment_id}/backups/systems/{row.system_id}",
            dated=False,
        )


SOURCES: tuple[Source, ...] = (
    Source(DeadlineKind.BACKUP, backups, Right.SEE_FINDINGS, Right.MANAGE_TARGETS, (30, 7), weekly=True),
)
"""The source of the inventory of backups."""
