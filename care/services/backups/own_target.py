"""The target that audits the inventory: made with its first system when the establishment has no backup target yet.

It is an ordinary target: people give it its repositories, their passwords and the answers that no repository gives.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.schedule import Every, Recurrence
from care.services.audits import Started, submit_audit
from care.services.backups.targets import backup_targets, reading_target
from care.services.errors import Refused
from care.services.own_targets import make_target, wait_for_others
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.scanning import BACKUP_SCANNER, INVENTORY, checked_request
from care.store.backups import BackupSystem
from care.store.targets import Target
from scanners.model import Text

TARGET_NAME = "Sauvegardes"
_EVERY_NIGHT = Recurrence(Every.DAY, hour=5, minute=10)
_NO_TARGET = Text(
    "Aucune cible ne lit cet inventaire : reprenez le plan d’une cible de sauvegarde, ou ouvrez-la et choisissez "
    "« L’inventaire de la plateforme ».",
    "No target reads this inventory: take over the plan of a backup target, or open it and choose “The inventory of "
    "the platform”.",
)


def keep_audited(session: Session, scope: Scope, establishment_id: int, now: datetime) -> None:
    """Make the target with the first system, in the transaction that wrote it; not beside a target that has a plan."""
    if backup_targets(session, establishment_id) or not _has_systems(session, establishment_id):
        return
    wait_for_others(session, establishment_id)
    if not backup_targets(session, establishment_id):
        target = make_target(
            session, establishment_id, BACKUP_SCANNER, _name(session, establishment_id), _EVERY_NIGHT, scope.actor, now
        )
        target.request = checked_request(BACKUP_SCANNER, {INVENTORY: True})
        session.flush()


def ask_check(platform: Platform, scope: Scope, establishment_id: int) -> Started | None:
    """Audit the inventory now. Refused when no target reads it, or when an audit of it is already going on."""
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.RUN_AUDIT)
        keep_audited(session, scope, establishment_id, now)
        target = reading_target(session, establishment_id)
        if target is None:
            raise Refused(_NO_TARGET)
        return submit_audit(platform, session, scope, target)


def _has_systems(session: Session, establishment_id: int) -> bool:
    query = select(BackupSystem.id).where(
        BackupSystem.establishment_id == establishment_id, BackupSystem.ended_on.is_(None)
    )
    return session.scalar(query.limit(1)) is not None


def _name(session: Session, establishment_id: int) -> str:
    """A name that no target of backups ever had there."""
    names = select(Target.name).where(Target.establishment_id == establishment_id, Target.scanner == BACKUP_SCANNER)
    taken, number = set(session.scalars(names)), 1
    while (name := TARGET_NAME if number == 1 else f"{TARGET_NAME} {number}") in taken:
        number += 1
    return name
