"""What a drill is given of the backup plan it tries: the plan, and the password of one repository (ADR 0038)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.services.backups.handing import handed_plan
from care.services.errors import Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.scanning import BACKUP_PLAN, BACKUP_SCANNER, INVENTORY, PLAN_OF
from care.services.targets import opened_secrets
from care.store.targets import Target
from scanners.model import Text

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
        return tuple(one for target in targets for one in _of_target(platform, session, target))


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
    given: dict[str, Any] = {BACKUP_PLAN: _plan_of(platform, session, source), "plan_name": source.name}
    if not target.request.get("operator"):
        given["operator"] = asked_by
    return given, secrets


def _plan_of(platform: Platform, session: Session, source: Target) -> Mapping[str, Any]:
    """The plan that an audit of the target would be given: its own, or the inventory with its repositories."""
    written: Mapping[str, Any] = source.request.get("plan") or {}
    if not source.request.get(INVENTORY):
        return written
    return handed_plan(platform, session, source.establishment_id, written)


def _of_target(platform: Platform, session: Session, target: Target) -> list[Source]:
    """What can be tried of a target; nothing while its inventory is empty."""
    try:
        plan = _plan_of(platform, session, target)
    except Refused:
        return []
    named = [str(one["name"]) for one in _mappings(plan.get("repositories")) if one.get("name")]
    return [Source(target.id, target.name, name, _saved_in(plan, name)) for name in named]


def _plans(establishment_id: int) -> Select[Target]:
    return (
        select(Target)
        .where(
            Target.establishment_id == establishment_id,
            Target.scanner == BACKUP_SCANNER,
            Target.archived_at.is_(None),
        )
        .order_by(Target.name)
    )


def _saved_in(plan: Mapping[str, Any], repository: str) -> tuple[str, ...]:
    return tuple(
        str(system.get("name"))
        for system in _mappings(plan.get("systems"))
        if any(copy.get("repository") == repository for copy in _mappings(system.get("copies")))
    )


def _mappings(listed: object) -> list[Mapping[str, Any]]:
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list | tuple) else []
