"""What an establishment holds back from audits: exclusions, quiet hours, freezes, and everything at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.findings import MAX_ACCEPTANCE
from care.domain.restraints import ExclusionMode
from care.services import jobs
from care.services.audit_hours import hours_of
from care.services.errors import Invalid, NotFound
from care.services.library import today
from care.services.no_report import hold_back, reopen
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.typed_texts import line_of
from care.store.restraints import AuditStop, Exclusion, Freeze, QuietHours
from care.store.targets import Target
from scanners.exposure.mandate import MandateError, parse_area
from scanners.model import Text

_MAX_REASON, _MAX_WHAT = 500, 300
_LONGEST_FREEZE = timedelta(days=92)
"""A freeze that lasts longer hides an establishment that is no longer audited: our choice."""
_HOURS = re.compile(r"\d\d:\d\d-\d\d:\d\d\Z")
_WHY = Text("Dites pourquoi en une phrase.", "Say why in one sentence.")


@dataclass(frozen=True, slots=True)
class ExclusionDraft:
    """An exclusion as typed in; `until` is included."""

    what: str
    mode: ExclusionMode
    reason: str
    until: date


@dataclass(frozen=True, slots=True)
class QuietDraft:
    """Quiet hours as typed in: `07:30-18:00` on some days of the week (0 is Monday)."""

    weekdays: frozenset[int]
    hours: str
    reason: str


@dataclass(frozen=True, slots=True)
class FreezeDraft:
    """A freeze as typed in, both days included."""

    first_day: date
    last_day: date
    reason: str


@dataclass(frozen=True, slots=True)
class ExclusionView:
    """An exclusion. `ended` when its last day is past: what it left out is looked at again."""

    id: int
    what: str
    mode: ExclusionMode
    reason: str
    until: date
    created_by: str
    created_at: datetime
    ended: bool
    lifted_by: str
    lifted_at: datetime | None


@dataclass(frozen=True, slots=True)
class QuietView:
    """Quiet hours."""

    id: int
    weekdays: tuple[int, ...]
    hours: str
    reason: str
    created_by: str


@dataclass(frozen=True, slots=True)
class FreezeView:
    """A freeze; `over` when its last day is past."""

    id: int
    first_day: date
    last_day: date
    reason: str
    created_by: str
    over: bool


@dataclass(frozen=True, slots=True)
class StopView:
    """Everything is stopped: who, when, why."""

    stopped_by: str
    stopped_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Restraints:
    """All that holds audits back in an establishment; exclusions in force, then those of the past."""

    exclusions: tuple[ExclusionView, ...]
    past_exclusions: tuple[ExclusionView, ...]
    quiet: tuple[QuietView, ...]
    freezes: tuple[FreezeView, ...]
    stop: StopView | None


def list_restraints(platform: Platform, scope: Scope, establishment_id: int) -> Restraints:
    """What holds audits back; NotFound outside the scope."""
    day = today(platform)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        exclusions = [_exclusion(row, day) for row in exclusions_of(session, establishment_id)]
        quiet = session.scalars(
            select(QuietHours).where(QuietHours.establishment_id == establishment_id).order_by(QuietHours.id)
        )
        freezes = session.scalars(
            select(Freeze).where(Freeze.establishment_id == establishment_id).order_by(Freeze.first_day.desc())
        )
        return Restraints(
            exclusions=tuple(one for one in exclusions if not one.ended and one.lifted_at is None),
            past_exclusions=tuple(one for one in exclusions if one.ended or one.lifted_at is not None),
            quiet=tuple(
                QuietView(row.id, tuple(map(int, row.weekdays)), row.hours, row.reason, row.created_by) for row in quiet
            ),
            freezes=tuple(
                FreezeView(row.id, row.first_day, row.last_day, row.reason, row.created_by, row.last_day < day)
                for row in freezes
            ),
            stop=_stop(session, establishment_id),
        )


def stop_of(platform: Platform, scope: Scope, establishment_id: int) -> StopView | None:
    """Who stopped everything in an establishment; None when nobody did."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        return _stop(session, establishment_id)


def exclusions_of(session: Session, establishment_id: int) -> list[Exclusion]:
    """The exclusions of an establishment, the latest first."""
    query = select(Exclusion).where(Exclusion.establishment_id == establishment_id).order_by(Exclusion.id.desc())
    return list(session.scalars(query))


def exclusions_in_force(session: Session, establishment_id: int, day: date) -> list[Exclusion]:
    """Those in force on that day."""
    return [row for row in exclusions_of(session, establishment_id) if row.lifted_at is None and row.until >= day]


def add_exclusion(platform: Platform, scope: Scope, establishment_id: int, draft: ExclusionDraft) -> int:
    """Exclude something from audits, those that go on included; its number. Invalid names the faulty field."""
    now, day = platform.clock.now(), today(platform)
    what, reason = line_of(draft.what), line_of(draft.reason)
    faults = _reason_faults(reason)
    if not what or len(what) > _MAX_WHAT:
        faults["what"] = Text("Donnez une adresse, un réseau ou un nom.", "Give an address, a network or a name.")
    if not day <= draft.until <= day + MAX_ACCEPTANCE:
        faults["until"] = Text(
            "La fin tombe entre aujourd’hui et dans un an : une exclusion se relit.",
            "The end lies between today and a year from now: an exclusion is looked at again.",
        )
    try:
        parse_area([what])
    except MandateError:
        faults["what"] = Text(
            "Écrivez par exemple 203.0.113.7, 203.0.113.0/28, portail.hopital.fr ou *.hopital.fr.",
            "Write for instance 203.0.113.7, 203.0.113.0/28, portail.hopital.fr or *.hopital.fr.",
        )
    if faults:
        raise Invalid(faults)
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        row = Exclusion(
            establishment_id=establishment_id,
            what=what,
            mode=draft.mode,
            reason=reason,
            until=draft.until,
            created_at=now,
            created_by=scope.actor,
        )
        session.add(row)
        session.flush()
        if draft.mode is ExclusionMode.NO_REPORT:
            hold_back(platform, session, establishment_id)
        thing = Thing("exclusion", row.id, establishment_id)
        detail = {"what": what, "mode": draft.mode.value, "until": draft.until.isoformat()}
        record(session, scope, "exclusion.added", thing, now, detail)
        return row.id


def lift_exclusion(platform: Platform, scope: Scope, establishment_id: int, exclusion_id: int) -> None:
    """End an exclusion before its date: what it postponed is open again, unless another holds it. NotFound."""
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        row = session.get(Exclusion, exclusion_id, with_for_update=True)
        if row is None or row.establishment_id != establishment_id:
            raise NotFound
        if row.lifted_at is not None:
            return
        row.lifted_at, row.lifted_by = now, scope.actor
        count = reopen(session, establishment_id, row.id, scope.actor, now)
        session.flush()
        count = max(0, count - hold_back(platform, session, establishment_id))
        thing = Thing("exclusion", row.id, establishment_id)
        record(session, scope, "exclusion.lifted", thing, now, {"what": row.what, "reopened": count})


def add_quiet(platform: Platform, scope: Scope, establishment_id: int, draft: QuietDraft) -> int:
    """No exposure audit at these hours; its number. Invalid names the faulty field."""
    now, reason = platform.clock.now(), line_of(draft.reason)
    faults = _reason_faults(reason)
    if not draft.weekdays or not draft.weekdays <= frozenset(range(7)):
        faults["weekdays"] = Text("Choisissez au moins un jour.", "Choose at least one day.")
    if not _are_hours(draft.hours):
        faults["hours"] = Text(
            "Écrivez deux heures différentes, par exemple 07:30-18:00.",
            "Write two different hours, for instance 07:30-18:00.",
        )
    if faults:
        raise Invalid(faults)
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        row = QuietHours(
            establishment_id=establishment_id,
            weekdays="".join(map(str, sorted(draft.weekdays))),
            hours=draft.hours,
            reason=reason,
            created_at=now,
            created_by=scope.actor,
        )
        session.add(row)
        session.flush()
        thing = Thing("quiet_hours", row.id, establishment_id)
        record(session, scope, "quiet_hours.added", thing, now, {"days": row.weekdays, "hours": row.hours})
        return row.id


def remove_quiet(platform: Platform, scope: Scope, establishment_id: int, quiet_id: int) -> None:
    """Allow audits at these hours again. NotFound."""
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        row = session.get(QuietHours, quiet_id, with_for_update=True)
        if row is None or row.establishment_id != establishment_id:
            raise NotFound
        detail = {"days": row.weekdays, "hours": row.hours}
        session.delete(row)
        record(session, scope, "quiet_hours.removed", Thing("quiet_hours", quiet_id, establishment_id), now, detail)


def add_freeze(platform: Platform, scope: Scope, establishment_id: int, draft: FreezeDraft) -> int:
    """No exposure audit on these days; its number. Invalid names the faulty field."""
    now, reason = platform.clock.now(), line_of(draft.reason)
    faults = _reason_faults(reason)
    if draft.last_day < draft.first_day:
        faults["last_day"] = Text("La fin précède le début.", "The end comes before the beginning.")
    elif draft.last_day < today(platform):
        faults["last_day"] = Text("Ces jours sont passés.", "These days are past.")
    elif draft.last_day - draft.first_day > _LONGEST_FREEZE:
        faults["last_day"] = Text(
            "Un gel dure trois mois au plus : au-delà, retirez le mandat.",
            "A freeze lasts three months at most: beyond, withdraw the mandate.",
        )
    if faults:
        raise Invalid(faults)
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        row = Freeze(
            establishment_id=establishment_id,
            first_day=draft.first_day,
            last_day=draft.last_day,
            reason=reason,
            created_at=now,
            created_by=scope.actor,
        )
        session.add(row)
        session.flush()
        detail = {"first": row.first_day.isoformat(), "last": row.last_day.isoformat()}
        record(session, scope, "freeze.added", Thing("freeze", row.id, establishment_id), now, detail)
        return row.id


def remove_freeze(platform: Platform, scope: Scope, establishment_id: int, freeze_id: int) -> None:
    """Allow audits on these days again. NotFound."""
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        row = session.get(Freeze, freeze_id, with_for_update=True)
        if row is None or row.establishment_id != establishment_id:
            raise NotFound
        detail = {"first": row.first_day.isoformat(), "last": row.last_day.isoformat()}
        session.delete(row)
        record(session, scope, "freeze.removed", Thing("freeze", freeze_id, establishment_id), now, detail)


def stop_everything(platform: Platform, scope: Scope, establishment_id: int, reason: str) -> int:
    """End every audit of an establishment, and let none start until they are allowed again; how many were ended.

    What they saw is kept as a part: it closes nothing.
    """
    now, reason = platform.clock.now(), line_of(reason)[:_MAX_REASON] or "arrêt demandé"
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.RUN_AUDIT)
        if session.get(AuditStop, establishment_id, with_for_update=True) is None:
            session.add(
                AuditStop(establishment_id=establishment_id, reason=reason, stopped_at=now, stopped_by=scope.actor)
            )
            session.flush()
        mine = select(Target.id).where(Target.establishment_id == establishment_id)
        ended = jobs.cancel_audits(session, scope, mine, now)
        thing = Thing("establishment", establishment_id, establishment_id)
        record(session, scope, "audits.stopped", thing, now, {"reason": reason, "ended": ended})
        return ended


def allow_again(platform: Platform, scope: Scope, establishment_id: int) -> None:
    """Let audits start again in an establishment."""
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.RUN_AUDIT)
        row = session.get(AuditStop, establishment_id, with_for_update=True)
        if row is not None:
            session.delete(row)
            thing = Thing("establishment", establishment_id, establishment_id)
            record(session, scope, "audits.allowed", thing, now)


def _reason_faults(reason: str) -> dict[str, Text]:
    if not reason:
        return {"reason": _WHY}
    if len(reason) > _MAX_REASON:
        return {"reason": Text(f"{_MAX_REASON} signes au plus.", f"At most {_MAX_REASON} characters.")}
    return {}


def _are_hours(written: str) -> bool:
    if not _HOURS.match(written):
        return False
    try:
        opens, closes = hours_of(written)
    except ValueError:
        return False
    return opens != closes


def _exclusion(row: Exclusion, day: date) -> ExclusionView:
    return ExclusionView(
        id=row.id,
        what=row.what,
        mode=row.mode,
        reason=row.reason,
        until=row.until,
        created_by=row.created_by,
        created_at=row.created_at,
        ended=row.until < day,
        lifted_by=row.lifted_by or "",
        lifted_at=row.lifted_at,
    )


def _stop(session: Session, establishment_id: int) -> StopView | None:
    row = session.get(AuditStop, establishment_id)
    return StopView(row.stopped_by, row.stopped_at, row.reason) if row else None
