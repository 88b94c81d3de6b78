"""Targets audited again as what was found there calls for: the worse, the sooner, within every window.

The next date is set when an audit is recorded; a chore of the calendar asks for what is due, like any appointment: out
of the hours allowed it waits, and what refuses it is kept for people.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope, machine_scope
from care.domain.rhythm import INTERVALS, WORDS, Step
from care.services import audits
from care.services.audit_hours import Opening
from care.services.errors import NotFound, Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.scanning import MANDATE, takes
from care.services.trail import Thing, record
from care.services.work import Hold
from care.store.restraints import Rhythm
from care.store.targets import Target
from scanners.model import Text

log = logging.getLogger(__name__)

_REFUSED_WAITS = timedelta(hours=12)
"""Before an audit that was refused is asked for again: our choice."""
_MAX_TOLD = 2000
_NO_RHYTHM = Text(
    "Seule une cible d’exposition qui n’est pas archivée suit un rythme ; programmez les autres à jour fixe.",
    "Only an exposure target that is not archived follows a rhythm; schedule the others on fixed days.",
)


@dataclass(frozen=True, slots=True)
class RhythmView:
    """How a target is audited by itself. `why`: how often and for what reason, "" before the first audit; `told`: why
    the last appointment did not start its audit at once."""

    enabled: bool
    why: str
    due_at: datetime | None
    told: str


def open_rhythm(platform: Platform, scope: Scope, target_id: int) -> RhythmView | None:
    """The rhythm of a target; None for those that need no mandate. NotFound outside the scope."""
    with platform.database.read() as session:
        target = _target(session, scope, target_id, Right.SEE_FINDINGS)
        if not takes(target.scanner, MANDATE):
            return None
        row = session.get(Rhythm, target_id)
        if row is None:
            return RhythmView(enabled=False, why="", due_at=None, told="")
        why = WORDS[row.step].render(scope.lang) if row.step else ""
        told = Text(row.told_fr or "", row.told_en or "").render(scope.lang)
        return RhythmView(row.enabled, why, row.due_at if row.enabled else None, told)


def set_rhythm(platform: Platform, scope: Scope, target_id: int, *, enabled: bool) -> None:
    """Let a target be audited as what is found there calls for, or not. Refused for other kinds of audit; NotFound."""
    now = platform.clock.now()
    with platform.database.write() as session:
        target = _target(session, scope, target_id, Right.RUN_AUDIT)
        if target.archived_at is not None or not takes(target.scanner, MANDATE):
            raise Refused(_NO_RHYTHM)
        row = session.get(Rhythm, target_id, with_for_update=True)
        if row is None:
            row = Rhythm(target_id=target_id)
            session.add(row)
        row.enabled, row.changed_at, row.changed_by = enabled, now, scope.actor
        row.due_at = max(now, row.due_at) if enabled and row.due_at else now if enabled else None
        row.told_fr = row.told_en = row.told_at = None
        thing = Thing("target", target_id, target.establishment_id)
        record(session, scope, "rhythm.set", thing, now, {"enabled": enabled})


def _target(session: Session, scope: Scope, target_id: int, right: Right) -> Target:
    target = session.get(Target, target_id)
    if target is None:
        raise NotFound
    visible_establishment(session, scope, target.establishment_id, right)
    return target


def ask_due(platform: Platform, hold: Hold) -> None:
    """The job: ask for every audit that its rhythm makes due, each in its own transaction."""
    asked = sum(_ask(platform, number) for number in _due(platform))
    with platform.database.write() as session:
        hold.finish(session, Text(f"Audits lancés par leur rythme : {asked}.", f"Audits due by their rhythm: {asked}."))


def _due(platform: Platform) -> Sequence[int]:
    now = platform.clock.now()
    query = (
        select(Rhythm.target_id)
        .join(Target, Target.id == Rhythm.target_id)
        .where(Rhythm.enabled.is_(True), Rhythm.due_at <= now, Target.archived_at.is_(None))
        .order_by(Rhythm.due_at)
    )
    with platform.database.read() as session:
        return session.scalars(query).all()


def _ask(platform: Platform, target_id: int) -> bool:
    now = platform.clock.now()
    slot = f"rhythm:{target_id}@{now:%Y-%m-%dT%H:%MZ}"
    try:
        later = audits.start_scheduled(platform, machine_scope("CaRE"), target_id, slot)
    except (Refused, NotFound) as refusal:
        log.info("rhythm of target %d: %s", target_id, refusal)
        _put_off(platform, target_id, now + _REFUSED_WAITS, now, refusal.text)
        return False
    with platform.database.read() as session:
        step = session.scalar(select(Rhythm.step).where(Rhythm.target_id == target_id)) or Step.CLEAN
    _put_off(platform, target_id, (later.at if later else now) + INTERVALS[step], now, _postponed(platform, later))
    return True


def _postponed(platform: Platform, later: Opening | None) -> Text | None:
    if later is None:
        return None
    there = later.at.astimezone(ZoneInfo(platform.settings.timezone))
    fr, en = f"Reporté au {there:%d/%m/%Y à %H:%M}. {later.why.fr}", f"Postponed to {there:%Y-%m-%d at %H:%M}. "
    return Text(fr, en + later.why.en)


def _put_off(platform: Platform, target_id: int, due_at: datetime, now: datetime, why: Text | None) -> None:
    """The next date should this audit never be recorded; its recording sets the real one."""
    with platform.database.write() as session:
        row = session.get(Rhythm, target_id, with_for_update=True)
        if row is not None:
            row.due_at, row.told_at = due_at, now
            row.told_fr, row.told_en = (why.fr[:_MAX_TOLD], why.en[:_MAX_TOLD]) if why else (None, None)
