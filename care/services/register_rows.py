"""Rows of the registers of governance: which one, who may change it, whether somebody changed it since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.services.errors import NotFound, Refused
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.register_files import MAX_ROWS
from care.services.stale import refuse_stale
from care.services.trail import Thing
from care.store.backups import (
    BackupCopy,
    BackupJobTie,
    BackupMilestone,
    BackupRepository,
    BackupSystem,
    IsolationDrill,
)
from care.store.governance import HealthDataHosting, SupplierContract
from care.store.remote_access import RemoteAccess
from scanners.model import Text

RegisterRow = (
    HealthDataHosting
    | SupplierContract
    | RemoteAccess
    | BackupSystem
    | BackupCopy
    | BackupMilestone
    | BackupRepository
    | BackupJobTie
    | IsolationDrill
)
R = TypeVar(
    "R",
    HealthDataHosting,
    SupplierContract,
    RemoteAccess,
    BackupSystem,
    BackupCopy,
    BackupMilestone,
    BackupRepository,
    BackupJobTie,
    IsolationDrill,
)


def visible_row(
    session: Session,
    scope: Scope,
    table: type[R],
    number: int,
    *,
    lock: bool = False,
    see: Right = Right.SEE_PROGRAMME,
) -> R:
    """A row that the reader may see; NotFound otherwise."""
    query = select(table).where(table.id == number, within(scope, see, table.establishment_id))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound
    return row


def row_to_change(
    session: Session,
    scope: Scope,
    table: type[R],
    number: int,
    *,
    see: Right = Right.SEE_PROGRAMME,
    manage: Right = Right.MANAGE_PROGRAMME,
) -> R:
    """A row about to be changed, locked until the commit; NotFound for a stranger, Forbidden for a reader."""
    row = visible_row(session, scope, table, number, lock=True, see=see)
    visible_establishment(session, scope, row.establishment_id, manage)
    return row


def check_seen(
    platform: Platform,
    session: Session,
    row: RegisterRow,
    thing: Thing,
    seen: int,
    names: Mapping[str, Text],
) -> None:
    """Refused, saying who changed what since, when a row is no longer the one that was shown."""
    if row.version != seen:
        refuse_stale(platform, session, thing, (row.changed_at, row.changed_by), seen, names)


def rows_of(session: Session, table: type[R], establishment_id: int, *, lock: bool = False) -> Sequence[R]:
    """The rows of an establishment, those in use first; locked until the commit if asked."""
    query = select(table).where(table.establishment_id == establishment_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query.order_by(table.ended_on.is_not(None), table.id)).all()


def check_room(count: int, most: int = MAX_ROWS) -> None:
    """Refused when a register would hold more than `most`."""
    if count > most:
        raise Refused(
            Text(
                f"Ce registre compte déjà {most} lignes : clôturez ce qui ne sert plus.",
                f"This register already holds {most} lines: close what is of no more use.",
            )
        )


def draft_values(draft: Any) -> dict[str, Any]:  # noqa: ANN401 - any frozen draft
    """The fields of a draft as columns hold them: names in a list."""
    values = {item.name: getattr(draft, item.name) for item in fields(draft)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def write_draft(row: RegisterRow, values: Mapping[str, Any]) -> list[str]:
    """Write values into a row; the names of what changed."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return changed


def touch(row: RegisterRow, scope: Scope, now: datetime) -> None:
    """Mark a locked row as changed."""
    row.version, row.changed_at, row.changed_by = row.version + 1, now, scope.actor


def end_row(row: RegisterRow, day: date | None, today: date) -> bool:
    """Close a row, or open it again without a day; whether anything changed. Refused for a day to come."""
    if day is not None and day > today:
        raise Refused(Text("Cette date est à venir.", "This day is to come."))
    if row.ended_on == day:
        return False
    row.ended_on = day
    return True
