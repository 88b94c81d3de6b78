"""The frameworks in use: those packaged and those imported, with the values that an administrator entered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.frameworks import Confidence, Framework, Parameter, parameter_value
from care.services.platform import Platform
from care.store.frameworks import FrameworkVersion, ParameterValue

Entered = Mapping[str, ParameterValue]


@dataclass(frozen=True)
class Library:
    """The frameworks in use on a day, and what follows from them alone: shared by all the holders of one reading."""

    frameworks: Mapping[str, Framework]

    @cached_property
    def equivalents(self) -> Mapping[str, tuple[str, ...]]:
        """The requirements of other frameworks that ask the same as each, told by either of them."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for framework in self.frameworks.values():
            for item in framework.requirements:
                for other in map(str, item.maps):
                    ref = str(framework.ref(item))
                    found[ref][other] = None
                    found[other][ref] = None
        return {ref: tuple(others) for ref, others in found.items()}


def read_library(platform: Platform, session: Session, day: date) -> Library:
    """The frameworks in use."""
    return Library(frameworks_in_use(platform, session, day))


def frameworks_in_use(platform: Platform, session: Session, day: date) -> Mapping[str, Framework]:
    """Every framework by id: its latest version that has begun, with the values entered. KitError names a fault."""
    versions: dict[str, list[Framework]] = defaultdict(list)
    for one in (*platform.kits.frameworks, *imported(platform, session)):
        versions[one.id].append(one)
    entered = entered_values(session)
    chosen = {name: _begun(found, day) for name, found in versions.items()}
    return {name: with_values(one, entered.get(name, {})) for name, one in sorted(chosen.items())}


def imported(platform: Platform, session: Session) -> tuple[Framework, ...]:
    """The imported versions that nobody set aside."""
    rows = session.execute(
        select(FrameworkVersion.document, FrameworkVersion.sha256)
        .where(FrameworkVersion.set_aside_at.is_(None))
        .order_by(FrameworkVersion.id)
    )
    return tuple(platform.kits.read_framework(document, sha256) for document, sha256 in rows)


def version_key(version: str) -> tuple[int, ...]:
    """What orders versions: `2025.07` comes before `2025.10`."""
    return tuple(int(part) for part in version.replace("-", ".").split("."))


def _begun(versions: Sequence[Framework], day: date) -> Framework:
    """The latest that has begun; of one number, the one imported. When none has, the first to begin."""
    begun = [one for one in versions if one.starts is None or one.starts <= day]
    if not begun:
        return min(versions, key=lambda one: one.starts or date.min)
    return max(enumerate(begun), key=lambda pair: (version_key(pair[1].version), pair[0]))[1]


def entered_values(session: Session) -> Mapping[str, Entered]:
    """The last value of each parameter."""
    last = select(func.max(ParameterValue.id)).group_by(ParameterValue.framework, ParameterValue.parameter)
    found: dict[str, dict[str, ParameterValue]] = defaultdict(dict)
    for row in session.scalars(select(ParameterValue).where(ParameterValue.id.in_(last))):
        found[row.framework][row.parameter] = row
    return found


def with_values(framework: Framework, entered: Entered) -> Framework:
    """The framework with the values entered; a value whose parameter is gone, or is written otherwise since a newer
    version, is left out."""
    known = framework.parameters
    valued = (_valued(known[name], row) for name, row in entered.items() if row.value and name in known)
    changed = [one for one in valued if one is not None]
    if not changed:
        return framework
    return replace(framework, parameters=MappingProxyType({**framework.parameters, **_by_id(changed)}))


def _valued(parameter: Parameter, row: ParameterValue) -> Parameter | None:
    """An administrator answers for the source named: the value counts as read in the text."""
    value = parameter_value(parameter.kind, row.value)
    if value is None:
        return None
    return replace(parameter, value=value, source=row.source, confidence=Confidence.OFFICIAL)


def _by_id(parameters: Iterable[Parameter]) -> Mapping[str, Parameter]:
    return {one.id: one for one in parameters}
