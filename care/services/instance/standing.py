"""Where the survival of the installation stands: its last backup, its last drill, as the trail tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope, lineage
from care.domain.jobs import ACTIVE, JobKind
from care.services import jobs
from care.services.errors import Forbidden, Refused
from care.services.platform import Platform
from care.store.jobs import Job
from care.store.trail import TrailEvent
from scanners.model import Scalar, Text

MADE, RESTORED, DRILLED = "instance.backed_up", "instance.restored", "instance.drilled"
LATE_BACKUP = timedelta(days=8)
"""A weekly backup that was missed; our choice, made for the least careful of habits."""
LATE_DRILL = timedelta(days=35)
_SHOWN = 20
_ASKED = Text("Un essai est déjà demandé : attendez-le.", "A drill is already asked for: wait for it.")


@dataclass(frozen=True, slots=True)
class Told:
    """One backup, restore or drill as the trail keeps it."""

    action: str
    at: datetime
    actor: str
    name: str
    detail: Mapping[str, Scalar]

    @property
    def sound(self) -> bool:
        """Whether all was well, then: a backup of an installation that was sound, or a drill that held."""
        return self.detail.get("sound", not self.detail.get("faults") and not self.detail.get("missing")) is True

    @property
    def said(self) -> Text:
        """What a drill found, in its sentence."""
        return Text(str(self.detail.get("fr", "")), str(self.detail.get("en", "")))


@dataclass(frozen=True, slots=True)
class Standing:
    """The last backup and the last drill, and whether each is late; `drillable` when drills have what they need."""

    backup: Told | None
    drill: Told | None
    late_backup: bool
    late_drill: bool
    drillable: bool = True
    drilling: bool = False
    events: tuple[Told, ...] = ()


def standing(session: Session, now: datetime) -> Standing:
    """The last backup and the last drill that the trail tells of."""
    backup, drill = _last(session, MADE), _last(session, DRILLED)
    return Standing(
        backup,
        drill,
        late_backup=backup is None or now - backup.at > LATE_BACKUP,
        late_drill=drill is None or now - drill.at > LATE_DRILL,
    )


def survival(platform: Platform, scope: Scope) -> Standing:
    """What the administrator's page shows. Forbidden for who does not hold the whole platform."""
    _allowed(scope)
    settings = platform.settings
    with platform.database.read() as session:
        found = standing(session, platform.clock.now())
        latest = (
            select(TrailEvent)
            .where(TrailEvent.action.in_((MADE, RESTORED, DRILLED)))
            .order_by(TrailEvent.number.desc())
            .limit(_SHOWN)
        )
        return Standing(
            found.backup,
            found.drill,
            found.late_backup,
            found.late_drill,
            drillable=settings.backup_dir is not None and settings.backup_key_file is not None,
            drilling=_going_on(session) > 0,
            events=tuple(map(_told, session.scalars(latest))),
        )


def ask_drill(platform: Platform, scope: Scope) -> None:
    """Have the newest backup drilled now. Refused while one is already asked for."""
    _allowed(scope)
    with platform.database.write() as session:
        if _going_on(session):
            raise Refused(
                Text("Un essai est déjà demandé : attendez-le.", "A drill is already asked for: wait for it.")
            )
        jobs.submit(platform, session, jobs.Order(JobKind.INSTANCE_DRILL), scope.actor)


def _going_on(session: Session) -> int:
    query = select(func.count()).select_from(Job).where(Job.kind == JobKind.INSTANCE_DRILL, Job.state.in_(ACTIVE))
    return session.scalar(query) or 0


def _allowed(scope: Scope) -> None:
    if not scope.allows(Right.MANAGE_FEDERATION, lineage()):
        raise Forbidden


def _last(session: Session, action: str) -> Told | None:
    query = select(TrailEvent).where(TrailEvent.action == action).order_by(TrailEvent.number.desc()).limit(1)
    row = session.scalars(query).one_or_none()
    return None if row is None else _told(row)


def _told(row: TrailEvent) -> Told:
    return Told(row.action, row.at, row.actor, row.thing_id, row.detail)
