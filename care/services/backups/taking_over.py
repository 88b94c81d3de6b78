"""The YAML plan of a target, taken into the inventory once: shown before, then done in one go.

What is not of the inventory (answers, critical systems) stays in the target, which reads the inventory from then on,
with its secrets. When another target reads it already, that one receives them and this one is archived: two targets on
one inventory would say every finding twice. What the inventory knows by its name is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.backups import Lock, Medium, RestoreOutcome
from care.domain.durations import HOUR
from care.domain.node_names import folded
from care.services.action_query import today
from care.services.backups.inventory import (
    MAX_SYSTEMS,
    CopyDraft,
    StepDraft,
    SystemDraft,
    cleaned_copy,
    cleaned_step,
    cleaned_system,
)
from care.services.backups.taken_parts import MOVED, Parts, seen_parts, take_parts
from care.services.backups.targets import reading_target
from care.services.errors import Invalid, NotFound, Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.register_rows import check_room, draft_values, rows_of
from care.services.scanning import BACKUP_SCANNER, INVENTORY, PLAN_OF
from care.services.targets import keep_secrets, opened_secrets, retire, stored_secrets
from care.services.trail import Thing, record
from care.store.backups import BackupCopy, BackupMilestone, BackupSystem
from care.store.targets import Target
from scanners.backup.facts import Copy, Milestone, Plan, RestoreTest, System
from scanners.backup.plan import parse_plan
from scanners.errors import CollectError
from scanners.model import Scalar, Text

_MOVED = ("systems", "milestones", *MOVED)


@dataclass(frozen=True, slots=True)
class TakenPlan:
    """What taking a plan over would do. `version` is that of the target as it was seen; `reader` names the target that
    already reads the inventory, "" when this one will."""

    target_id: int
    target: str
    version: int
    added: tuple[str, ...]
    known: tuple[str, ...]
    copies: int
    steps: int
    parts: Parts
    reader: str


def preview_plan(platform: Platform, scope: Scope, establishment_id: int, target_id: int) -> TakenPlan:
    """What the plan of a target would bring. NotFound; Refused when the plan does not read."""
    with platform.database.read() as session:
        target = _target(session, scope, establishment_id, target_id)
        return _seen(session, target, _plan(target))


def take_plan(platform: Platform, scope: Scope, establishment_id: int, target_id: int, version: int) -> TakenPlan:
    """Do what the preview showed. Refused when the target changed since, or when a line of the plan has a fault."""
    now, day = platform.clock.now(), today(platform)
    with platform.database.write() as session:
        target = _target(session, scope, establishment_id, target_id, lock=True)
        if target.version != version:
            raise Refused(
                Text(
                    "Cette cible a changé depuis cet aperçu : relisez-le avant de confirmer.",
                    "This target changed since this preview: read it again before confirming.",
                )
            )
        plan = _plan(target)
        seen = _seen(session, target, plan)
        check_room(len(rows_of(session, BackupSystem, establishment_id)) + len(seen.added), MAX_SYSTEMS)
        wanted = {folded(name) for name in seen.added}
        written = _Written(session, establishment_id, scope.actor, now)
        try:
            for system in plan.systems:
                if folded(system.name) in wanted:
                    written.system(cleaned_system(_system(system), day), system.copies, day)
            written.steps(plan.milestones, day)
            session.flush()
            take_parts(platform, session, establishment_id, plan, scope.actor, day, now)
        except Invalid as wrong:
            raise Refused(_fault(wrong)) from wrong
        _hand(platform, session, scope, target, now)
        detail: dict[str, Scalar] = {"scanner": target.scanner, "name": target.name, "count": len(seen.added)}
        thing = Thing("target", target.id, establishment_id)
        record(session, scope, "target.plan_taken_over", thing, now, detail)
        return seen


def _hand(platform: Platform, session: Session, scope: Scope, target: Target, now: datetime) -> None:
    """Have the inventory read by one target: this one, or the one that reads it already."""
    left = {name: value for name, value in target.request["plan"].items() if name not in _MOVED}
    reader = reading_target(session, target.establishment_id)
    if reader is None:
        target.request = {**target.request, "plan": left, INVENTORY: True}
        target.version, target.changed_at = target.version + 1, now
        return
    theirs = reader.request.get("plan") or {}
    answers = {**left.get("answers", {}), **theirs.get("answers", {})}
    reader.request = {**reader.request, "plan": {**left, **theirs, **({"answers": answers} if answers else {})}}
    reader.version, reader.changed_at = reader.version + 1, now
    known = stored_secrets(session, reader.id)
    moved = {name: one for name, one in opened_secrets(platform, session, target.id).items() if name not in known}
    keep_secrets(platform, session, reader, moved, scope.actor)
    beside = select(Target).where(Target.establishment_id == target.establishment_id, Target.archived_at.is_(None))
    for drill in session.scalars(beside):
        if str(drill.request.get(PLAN_OF)) == str(target.id):
            drill.request = {**drill.request, PLAN_OF: reader.id}
    retire(session, scope, target, now)


def _fault(wrong: Invalid) -> Text:
    said = next(iter(wrong.fields.values()))
    return Text(f"Une ligne du plan est refusée : {said.fr}", f"A line of the plan is refused: {said.en}")


class _Written:
    """The rows that a plan makes."""

    def __init__(self, session: Session, establishment_id: int, actor: str, now: datetime) -> None:
        self._session, self._place, self._actor, self._now = session, establishment_id, actor, now

    def system(self, draft: SystemDraft, copies: Iterable[Copy], day: date) -> None:
        """One system and its copies."""
        row = BackupSystem(**self._common(), **draft_values(draft))
        self._session.add(row)
        self._session.flush()
        for copy in copies:
            cleaned = cleaned_copy(_copy(copy, row.id), day)
            self._session.add(BackupCopy(**self._common(), **draft_values(cleaned)))

    def steps(self, milestones: Iterable[Milestone], day: date) -> None:
        """The dated steps, once the systems are there."""
        self._session.flush()
        systems = rows_of(self._session, BackupSystem, self._place)
        numbers = {folded(row.name): row.id for row in systems if row.ended_on is None}
        for one in milestones:
            draft = cleaned_step(StepDraft(one.title, one.date, numbers.get(folded(one.system))), day)
            self._session.add(BackupMilestone(**self._common(), **draft_values(draft), ended_on=one.done))

    def _common(self) -> dict[str, object]:
        return {"establishment_id": self._place, "changed_at": self._now, "changed_by": self._actor, "version": 1}


def _target(session: Session, scope: Scope, establishment_id: int, target_id: int, *, lock: bool = False) -> Target:
    visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
    query = select(Target).where(
        Target.id == target_id,
        Target.establishment_id == establishment_id,
        Target.scanner == BACKUP_SCANNER,
        Target.archived_at.is_(None),
    )
    target = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if target is None or not target.request.get("plan", {}).get("systems"):
        raise NotFound
    return target


def _plan(target: Target) -> Plan:
    try:
        return parse_plan(target.request["plan"], target.name)
    except CollectError as error:
        raise Refused(error.text) from error


def _seen(session: Session, target: Target, plan: Plan) -> TakenPlan:
    rows = rows_of(session, BackupSystem, target.establishment_id)
    known = {folded(row.name) for row in rows if row.ended_on is None}
    reader = reading_target(session, target.establishment_id)
    added = [one for one in plan.systems if folded(one.name) not in known]
    return TakenPlan(
        target.id,
        target.name,
        target.version,
        tuple(one.name for one in added),
        tuple(one.name for one in plan.systems if folded(one.name) in known),
        sum(len(one.copies) for one in added),
        len(plan.milestones),
        seen_parts(session, target.establishment_id, plan),
        reader.name if reader is not None else "",
    )


def _minutes(hours: float | None) -> int | None:
    return None if hours is None else max(1, round(hours * HOUR))


def _whole(value: float | None) -> int | None:
    return None if value is None else max(1, round(value))


def _system(one: System) -> SystemDraft:
    test = one.last_restore_test if isinstance(one.last_restore_test, RestoreTest) else None
    outcome = RestoreOutcome.NEVER if one.last_restore_test == "never" else None
    if test is not None:
        outcome = RestoreOutcome.SUCCESS if test.success else RestoreOutcome.FAILURE
    return SystemDraft(
        one.name,
        one.production.site,
        Medium(one.production.medium),
        critical=one.critical,
        scope=one.scope,
        confidentiality=one.confidentiality,
        pdma_minutes=_minutes(one.pdma_hours),
        dmard_minutes=_minutes(one.dmard_hours),
        retention_days=_whole(one.retention_days),
        data_gb=_whole(one.data_gb),
        tested_on=test.date if test else None,
        test_outcome=outcome,
        test_minutes=_minutes(test.duration_hours) if test else None,
    )


def _copy(one: Copy, system_id: int) -> CopyDraft:
    return CopyDraft(
        system_id,
        one.name,
        one.site,
        Medium(one.medium),
        one.offline,
        one.immutable,
        Lock(one.lock) if one.lock else None,
        one.encrypted,
        one.tool,
        one.schedule,
        _minutes(one.interval_hours),
        _whole(one.retention_days),
        one.authentication,
        one.repository or "",
        one.host,
        one.last_success,
    )
