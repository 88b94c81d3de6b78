"""Every version of the frameworks: packaged, imported, set aside; which one is in use; who may read and change them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope, lineage
from care.domain.frameworks import Framework
from care.services.errors import Forbidden, NotFound
from care.services.frameworks.library import frameworks_in_use, version_key
from care.services.platform import Platform
from care.store.frameworks import FrameworkVersion
from scanners.model import Text


class VersionState(StrEnum):
    """Where a version stands: `coming` begins later, `former` gave way to a newer one."""

    IN_USE = "in_use"
    COMING = "coming"
    FORMER = "former"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True)
class Kept:
    """A version and the row it was imported in, None for one packaged with CaRE."""

    framework: Framework
    row: FrameworkVersion | None

    @property
    def set_aside(self) -> bool:
        """Whether somebody set it aside."""
        return self.row is not None and self.row.set_aside_at is not None


def check_reader(scope: Scope) -> None:
    """Forbidden for who may not see a programme anywhere."""
    if not scope.allows_somewhere(Right.SEE_PROGRAMME):
        raise Forbidden


def may_manage(scope: Scope) -> bool:
    """Whether somebody may change the frameworks, which hold for the whole platform."""
    return scope.allows(Right.MANAGE_FRAMEWORKS, lineage())


def check_manager(scope: Scope) -> None:
    """Forbidden for who may not change the frameworks."""
    if not may_manage(scope):
        raise Forbidden


def versions_kept(platform: Platform, session: Session, framework_id: str, *, lock: bool = False) -> tuple[Kept, ...]:
    """Every version of a framework, the latest first; of one number, the imported one first."""
    query = select(FrameworkVersion).where(FrameworkVersion.framework == framework_id).order_by(FrameworkVersion.id)
    rows = session.scalars(query.with_for_update() if lock else query).all()
    return _latest_first(platform, [one for one in platform.kits.frameworks if one.id == framework_id], rows)


def every_version(platform: Platform, session: Session) -> Mapping[str, tuple[Kept, ...]]:
    """The same of every framework, by id, in one statement."""
    rows = session.scalars(select(FrameworkVersion).order_by(FrameworkVersion.id)).all()
    found: dict[str, list[Kept]] = defaultdict(list)
    for one in _latest_first(platform, platform.kits.frameworks, rows):
        found[one.framework.id].append(one)
    return {name: tuple(versions) for name, versions in found.items()}


def _latest_first(
    platform: Platform, shipped: Iterable[Framework], rows: Iterable[FrameworkVersion]
) -> tuple[Kept, ...]:
    packaged = [Kept(one, None) for one in shipped]
    brought = [Kept(platform.kits.read_framework(row.document, row.sha256), row) for row in rows]
    return tuple(sorted([*packaged, *brought], key=lambda one: version_key(one.framework.version))[::-1])


def kept_in_use(platform: Platform, session: Session, framework_id: str, day: date) -> Kept | None:
    """The version in use, as it is written: without the values entered. None when there is none."""
    used = frameworks_in_use(platform, session, day).get(framework_id)
    if used is None:
        return None
    return next(
        one
        for one in versions_kept(platform, session, framework_id)
        if one.framework.version == used.version and not one.set_aside
    )


def state_of(one: Kept, used: Framework | None, day: date) -> VersionState:
    """Where a version stands beside the one in use."""
    if one.set_aside:
        return VersionState.SET_ASIDE
    if used is not None and one.framework.version == used.version:
        return VersionState.IN_USE
    coming = one.framework.starts is not None and one.framework.starts > day
    return VersionState.COMING if coming else VersionState.FORMER


def found_version(versions: Sequence[Kept], version: str) -> Kept:
    """The version of that number; NotFound when there is none."""
    for one in versions:
        if one.framework.version == version:
            return one
    raise NotFound(Text("Cette version n’existe pas.", "There is no such version."))
