"""The calendar's table: audits that come back, the housekeeping of every installation, and what a slot submits."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from care.domain.access import Right, Scope, machine_scope
from care.domain.jobs import JobKind
from care.domain.schedule import Appointment, Recurrence, Slot
from care.services import audits, jobs
from care.services.audit_hours import Opening
from care.services.errors import NotFound, ServiceError
from care.services.frameworks.standings import EVERYTHING
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.scanning import audited
from care.services.trail import Thing, record
from care.store.jobs import Schedule
from care.store.targets import Target
from scanners.model import Lang, Text

log = logging.getLogger(__name__)

_AUDIT = "audit:"
_MAX_TOLD = 2000


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that every installation does by itself: the job, when, and its arguments."""

    kind: JobKind
    cron: str
    args: Mapping[str, object] = field(default_factory=dict)


_HOUSEKEEPING: Mapping[str, Chore] = {
    "purge": Chore(JobKind.PURGE, "40 3 * * *"),
    "mail": Chore(JobKind.MAIL, "*/10 * * * *"),
    "verify_evidence": Chore(JobKind.VERIFY_EVIDENCE, "15 4 * * sun"),
    "checkpoint": Chore(JobKind.CHECKPOINT, "5 2 * * *"),
    "verify_trail": Chore(JobKind.VERIFY_TRAIL, "45 4 * * sun"),
    "crisis_packs": Chore(JobKind.CRISIS_PACKS, "7-59/10 * * * *"),
    "remind": Chore(JobKind.REMIND, "5 5-23 * * *"),
    "access_reviews": Chore(JobKind.ACCESS_REVIEWS, "35 6 * * *"),
    "close_visits": Chore(JobKind.CLOSE_VISITS, "2-57/5 * * * *"),
    "figures": Chore(JobKind.FIGURES, "4-59/5 * * * *"),
    "push": Chore(JobKind.PUSH, "13-59/15 * * * *"),
    "campaign_audits": Chore(JobKind.CAMPAIGN_AUDITS, "4-59/10 * * * *"),
    "rhythm": Chore(JobKind.RHYTHM, "1-59/5 * * * *"),
    "assess": Chore(JobKind.ASSESS, "3-59/5 * * * *"),
    "report_orders": Chore(JobKind.REPORT_ORDERS, "25 6 * * *"),
    "assess_all": Chore(JobKind.ASSESS, "20 1 * * *", {EVERYTHING: True}),
    "measure": Chore(JobKind.MEASURE, "50 2 * * *"),
    "instance_drill": Chore(JobKind.INSTANCE_DRILL, "20 5 * * sun"),
}
"""What every installation does by itself: the job, and when. Leases, dead workers and ended decisions are watched by
the workers all the time."""
_ONCE_A_DAY = frozenset({"remind"})
"""Rung every hour, done by the first one of the day: a machine that was off in the morning reminds in the afternoon."""


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """When a target is audited by itself. `told` says why the last appointment, of `told_at`, did not start its audit
    at once: postponed to the hours of the mandate, or refused."""

    target_id: int
    recurrence: Recurrence
    created_by: str
    told: str
    told_at: datetime | None


def set_schedule(platform: Platform, scope: Scope, target_id: int, recurrence: Recurrence) -> None:
    """Audit a target again and again, at these times."""
    now = platform.clock.now()
    with platform.database.write() as session:
        target = session.scalars(
            select(Target).where(Target.id == target_id, Target.archived_at.is_(None), audited())
        ).one_or_none()
        if target is None:
            raise NotFound
        visible_establishment(session, scope, target.establishment_id, Right.RUN_AUDIT)
        session.execute(delete(Schedule).where(Schedule.target_id == target_id))
        session.add(
            Schedule(
                establishment_id=target.establishment_id,
                target_id=target_id,
                cron=recurrence.cron,
                created_at=now,
                created_by=scope.actor,
            )
        )
        thing = Thing("target", target_id, target.establishment_id)
        record(session, scope, "schedule.set", thing, now, {"cron": recurrence.cron})


def remove_schedule(platform: Platform, scope: Scope, target_id: int) -> None:
    """Audit a target on demand only."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = session.scalars(select(Schedule).where(Schedule.target_id == target_id)).one_or_none()
        if row is None:
            raise NotFound
        visible_establishment(session, scope, row.establishment_id, Right.RUN_AUDIT)
        session.delete(row)
        record(session, scope, "schedule.removed", Thing("target", target_id, row.establishment_id), now)


def list_schedules(platform: Platform, scope: Scope, establishment_id: int) -> tuple[ScheduleView, ...]:
    """The targets of an establishment that are audited by themselves."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        rows = session.scalars(select(Schedule).where(Schedule.establishment_id == establishment_id))
        return tuple(_view(row, scope.lang) for row in rows)


def _view(row: Schedule, lang: Lang) -> ScheduleView:
    told = Text(row.told_fr or "", row.told_en or "").render(lang)
    return ScheduleView(row.target_id, Recurrence.of(row.cron), row.created_by, told, row.told_at)


def appointments(platform: Platform) -> tuple[Appointment, ...]:
    """Everything the calendar holds now."""
    with platform.database.read() as session:
        rows = session.execute(
            select(Schedule.target_id, Schedule.cron)
            .join(Target, Target.id == Schedule.target_id)
            .where(Schedule.enabled.is_(True), Target.archived_at.is_(None))
        ).all()
    audits_due = tuple(Appointment(f"{_AUDIT}{target_id}", cron) for target_id, cron in rows)
    return (*(Appointment(name, chore.cron) for name, chore in _HOUSEKEEPING.items()), *audits_due)


def submit_slot(platform: Platform, slot: Slot) -> None:
    """Submit the job of a slot, once whoever asks. What postpones or refuses an audit is kept beside its schedule, for
    the page of targets."""
    if not slot.name.startswith(_AUDIT):
        chore = _HOUSEKEEPING[slot.name]
        with platform.database.write() as session:
            jobs.submit(
                platform, session, jobs.Order(chore.kind, chore.args, slot_key=_key(platform, slot)), "calendar"
            )
        return
    target_id = int(slot.name.removeprefix(_AUDIT))
    try:
        later = audits.start_scheduled(platform, machine_scope("calendar"), target_id, slot.key)
    except ServiceError as refusal:
        log.warning("slot %s: %s", slot.key, refusal)
        _tell(platform, target_id, slot.at, refusal.text)
    else:
        _tell(platform, target_id, slot.at, _postponed(platform, later) if later else None)


def _postponed(platform: Platform, later: Opening) -> Text:
    there = later.at.astimezone(ZoneInfo(platform.settings.timezone))
    return Text(
        f"Reporté au {there:%d/%m/%Y à %H:%M}. {later.why.fr}",
        f"Postponed to {there:%Y-%m-%d at %H:%M}. {later.why.en}",
    )


def _tell(platform: Platform, target_id: int, at: datetime, why: Text | None) -> None:
    """Keep why an appointment did not start its audit at once; nothing once one did."""
    with platform.database.write() as session:
        row = session.scalars(select(Schedule).where(Schedule.target_id == target_id).with_for_update()).one_or_none()
        if row is not None and (row.told_at is None or at > row.told_at):  # a slot rung twice is told once
            row.told_at = at
            row.told_fr, row.told_en = (why.fr[:_MAX_TOLD], why.en[:_MAX_TOLD]) if why else (None, None)


def _key(platform: Platform, slot: Slot) -> str:
    if slot.name not in _ONCE_A_DAY:
        return slot.key
    return f"{slot.name}@{slot.at.astimezone(ZoneInfo(platform.settings.timezone)):%Y-%m-%d}"
