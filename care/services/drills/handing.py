"""What a drill is given of the backup plan it tries: the plan, and the password of one repository (ADR 0038)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.node_names import folded
from care.services.errors import Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.scanning import BACKUP_PLAN, PLAN_OF
from care.services.targets import opened_secrets
from care.store.restore_drills import RestoreDrill
from care.store.targets import Target
from scanners.model import Text

BACKUP = "backup"
_SECRETS = ("repository", "access")
"""Those of one repository, as its scanner names them."""
_NO_PLAN = Text(
    "Le plan de sauvegarde de cet essai n’est plus là : ouvrez la cible et choisissez de nouveau le dépôt à essayer.",
    "The backup plan of this drill is no longer there: open the target and choose again the repository to try.",
)


@dataclass(frozen=True, slots=True)
class Source:
    """A repository that can be tried: the target whose plan describes it, its name, the systems saved in it."""

    target_id: int
    target_name: str
    repository: str
    systems: tuple[str, ...]


def sources(platform: Platform, scope: Scope, establishment_id: int) -> tuple[Source, ...]:
    """The repositories of the backup plans of an establishment. NotFound, Forbidden."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        targets = session.scalars(_plans(establishment_id)).all()
        return tuple(one for target in targets for one in _of_plan(target))


def handed_over(
    platform: Platform, session: Session, target: Target, asked_by: str
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """The fields of the request that come from the plan, and the secrets of the repository. Refused without a plan."""
    number = int(target.request.get(PLAN_OF) or 0)
    source = session.scalars(_plans(target.establishment_id).where(Target.id == number)).one_or_none()
    if source is None:
        raise Refused(_NO_PLAN)
    wanted = {f"{kind}.{target.request.get('repository', '')}" for kind in _SECRETS}
    secrets = {name: value for name, value in opened_secrets(platform, session, source.id).items() if name in wanted}
    given: dict[str, Any] = {BACKUP_PLAN: source.request.get("plan", {}), "plan_name": source.name}
    if not target.request.get("operator"):
        given["operator"] = asked_by
    return given, secrets


def with_tests(session: Session, establishment_id: int, plan: Mapping[str, Any]) -> dict[str, Any]:
    """A backup plan whose systems have their last whole drill as restore test, when it is newer than the one written.

    A sample is a sign of life, and never counts as a test of the whole. The same day, what failed counts.
    """
    tests = whole_drills(session, establishment_id)
    systems = plan.get("systems")
    if not tests or not isinstance(systems, list | tuple):
        return dict(plan)
    return {**plan, "systems": [_tested(one, tests) if isinstance(one, Mapping) else one for one in systems]}


def whole_drills(session: Session, establishment_id: int) -> dict[str, RestoreDrill]:
    """The whole drill that tells of each system, by folded name: the worst of the last of each of its repositories.

    A success in one repository says nothing of another that failed. Of two alike, the newest.
    """
    query = select(RestoreDrill).where(
        RestoreDrill.establishment_id == establishment_id,
        RestoreDrill.mode == "whole",
        RestoreDrill.good.is_not(None),
        RestoreDrill.system != "",
    )
    ordered = session.scalars(query.order_by(RestoreDrill.done_at, RestoreDrill.run_id))
    last = {(folded(one.system), one.repository): one for one in ordered}
    worst_last = sorted(last.values(), key=lambda one: (not one.good, one.done_at, one.run_id))
    return {folded(one.system): one for one in worst_last}


def outdone(drill: RestoreDrill, written_on: str) -> bool:
    """Whether a test written for that day (ISO) says more than a drill: it is newer, or as old as a drill that failed
    not."""
    day = drill.done_at.date().isoformat()
    return written_on > day or (written_on == day and drill.good is True)


def _tested(system: Mapping[str, Any], tests: Mapping[str, RestoreDrill]) -> Mapping[str, Any]:
    drill, written = tests.get(folded(str(system.get("name", "")))), system.get("last_restore_test")
    if drill is None:
        return system
    if isinstance(written, Mapping) and outdone(drill, str(written.get("date", ""))):
        return system
    day = drill.done_at.date().isoformat()
    hours = drill.full_minutes / 60 if drill.full_minutes else None
    return {**system, "last_restore_test": {"date": day, "success": drill.good, "duration_hours": hours}}


def _plans(establishment_id: int) -> Select[Target]:
    return (
        select(Target)
        .where(Target.establishment_id == establishment_id, Target.scanner == BACKUP, Target.archived_at.is_(None))
        .order_by(Target.name)
    )


def _of_plan(target: Target) -> list[Source]:
    plan = target.request.get("plan") or {}
    named = [str(one["name"]) for one in _mappings(plan.get("repositories")) if one.get("name")]
    return [Source(target.id, target.name, name, _saved_in(plan, name)) for name in named]


def _saved_in(plan: Mapping[str, Any], repository: str) -> tuple[str, ...]:
    return tuple(
        str(system.get("name"))
        for system in _mappings(plan.get("systems"))
        if any(copy.get("repository") == repository for copy in _mappings(system.get("copies")))
    )


def _mappings(listed: object) -> list[Mapping[str, Any]]:
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list | tuple) else []
