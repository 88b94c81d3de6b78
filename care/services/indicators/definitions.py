"""Which indicators are in force for a month: those packaged, and one for each requirement of the programme."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy.orm import Session

from care.domain.frameworks import Framework, FrameworkKind, Item, Unit
from care.domain.indicators import Audience, Family, IndicatorDefinition, Measure, Trend, in_force
from care.domain.months import Month, last_day, month_of
from care.services.frameworks.library import imported, version_key
from care.services.platform import Platform
from scanners.model import Text

ALWAYS = 202001
"""The first month of a framework that does not say when it begins: before any month that is measured."""
_UNIT = Text("établissements", "establishments")
_UNIT_CANDIDATES = Text("établissements de candidats", "establishments of candidates")
_FORMULA = Text(
    "Établissements où l’exigence est atteinte, sur ceux qui l’ont commencée.",
    "Establishments where the requirement is met, out of those that began it.",
)
_FORMULA_CANDIDATES = Text(
    "Établissements dont le candidat (GHT, sinon entité juridique) atteint l’exigence, sur les établissements des "
    "candidats qui l’ont commencée.",
    "Establishments whose candidate (GHT, else legal entity) meets the requirement, out of the establishments of "
    "candidates that began it.",
)
_THRESHOLD = Text(
    "Atteinte au sens de la page des exigences : ce que contrôles, calculs, documents et personnes disent ensemble. "
    "« À confirmer » n’est pas une réponse ; « Non applicable » n’est ni atteinte ni manquée.",
    "Met as the page of requirements says: what checks, computations, documents and people say together. “To confirm” "
    "is no answer; “Not applicable” is neither met nor missed.",
)


@dataclass(frozen=True)
class DefinitionLibrary:
    """Every definition known. `frameworks`: the versions of each programme, by id, in the order they were brought in.

    Read once, it answers for any number of months.
    """

    packaged: tuple[IndicatorDefinition, ...]
    frameworks: Mapping[str, tuple[Framework, ...]]
    _memory: dict[Month, Mapping[str, IndicatorDefinition]] = field(default_factory=dict, compare=False, repr=False)

    def of(self, month: Month) -> Mapping[str, IndicatorDefinition]:
        """The definitions in force for a month, by code: the packaged ones by family, then the requirements."""
        if month not in self._memory:
            requirements = {one.code: one for framework in self._holding(month) for one in of_framework(framework)}
            self._memory[month] = MappingProxyType({**in_force(self.packaged, month), **requirements})
        return self._memory[month]

    def versions(self, code: str) -> tuple[IndicatorDefinition, ...]:
        """Every version of one indicator, the latest first; empty for an unknown code."""
        every = [
            *self.packaged,
            *(one for many in self.frameworks.values() for each in many for one in of_framework(each)),
        ]
        return tuple(sorted((one for one in every if one.code == code), key=lambda one: one.since, reverse=True))

    def _holding(self, month: Month) -> Iterator[Framework]:
        for versions in self.frameworks.values():
            begun = [one for one in versions if _since(one) <= month]
            if begun:
                last = max(enumerate(begun), key=lambda pair: (version_key(pair[1].version), pair[0]))[1]
                if last.ends is None or last.ends > last_day(month):
                    yield last


def read_definitions(platform: Platform, session: Session) -> DefinitionLibrary:
    """Every definition, in one query. KitError names a fault of a packaged file."""
    versions: dict[str, list[Framework]] = defaultdict(list)
    for one in (*platform.kits.frameworks, *imported(platform, session)):
        if one.kind is FrameworkKind.PROGRAMME:
            versions[one.id].append(one)
    ordered = {name: tuple(found) for name, found in sorted(versions.items())}
    return DefinitionLibrary(platform.kits.indicators, ordered)


def definitions(platform: Platform, session: Session, month: Month) -> Mapping[str, IndicatorDefinition]:
    """The definitions in force for a month, by code. Who asks for many months reads `read_definitions` once."""
    return read_definitions(platform, session).of(month)


def of_framework(framework: Framework) -> Sequence[IndicatorDefinition]:
    """One indicator for each requirement that something assesses; what a source leaves unknown is measured by none."""
    return [_of_requirement(framework, item) for item in framework.requirements if item.assessed_by]


def _of_requirement(framework: Framework, item: Item) -> IndicatorDefinition:
    applied = framework.unit is Unit.CANDIDATE
    return IndicatorDefinition(
        code=f"{framework.id}:{item.id}",
        version=framework.version,
        since=_since(framework),
        family=Family.PROGRAMME,
        title=Text(f"{item.id} – {item.title.fr}", f"{item.id} – {item.title.en}"),
        formula=_FORMULA_CANDIDATES if applied else _FORMULA,
        unit=_UNIT_CANDIDATES if applied else _UNIT,
        measure=Measure.REACHED,
        trend=Trend.UP,
        source=framework.source,
        confidence=framework.confidence,
        audience=Audience.CANDIDATES if applied else Audience.ALL,
        domain=framework.id,
        threshold=_THRESHOLD,
        note=item.text,
    )


def _since(framework: Framework) -> Month:
    return month_of(framework.starts) if framework.starts else ALWAYS
