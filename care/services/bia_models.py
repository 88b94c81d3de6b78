"""The models of impact analyses to read, in the reader's language. Proposals to discuss, never official."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from care.domain.access import Scope
from care.domain.actions import CareCriticality
from care.domain.bia import OBJECTIVES, Objective
from care.domain.bia_scale import DEFAULT_SCALE, fold
from care.domain.continuity import (
    ACTIVITY_KINDS,
    PERIMETERS,
    RESOURCE_KINDS,
    ActivityKind,
    Perimeter,
    ResourceKind,
    Strength,
)
from care.domain.continuity_models import BiaModel, ModelImpact, ModelNeed
from care.domain.durations import written
from care.services.errors import NotFound
from care.services.platform import Platform
from scanners.model import Lang


@dataclass(frozen=True, slots=True)
class ModelLine:
    """A model in a list."""

    id: str
    title: str
    description: str
    kind: ActivityKind
    kind_name: str
    criticality: CareCriticality
    durations: Mapping[Objective, str]


@dataclass(frozen=True, slots=True)
class ImpactView:
    """An axis of a model: (after how long, level, its name, whether it must not be reached), and why."""

    name: str
    cells: tuple[tuple[str, int, str, bool], ...]
    why: str


@dataclass(frozen=True, slots=True)
class NeedView:
    """A typical need of a model; `number` is its place in the model."""

    number: int
    kind: ResourceKind
    kind_name: str
    name: str
    essential: bool
    holds: str
    holds_minutes: int


@dataclass(frozen=True, slots=True)
class ModelView:
    """A model in full."""

    line: ModelLine
    perimeter: Perimeter | None
    perimeter_name: str
    interview: tuple[str, ...]
    steps: tuple[str, ...]
    impacts: tuple[ImpactView, ...]
    durations: Mapping[str, str]
    durations_why: str
    minimum_service: str
    minimum_percent: int
    peaks: str
    needs: tuple[NeedView, ...]
    modes: tuple[tuple[str, tuple[str, ...]], ...]


def list_models(platform: Platform, scope: Scope, words: str = "") -> tuple[ModelLine, ...]:
    """The models whose title, description or keywords hold every word; by kind, then title."""
    wanted = fold(words).split()
    models = [one for one in platform.kits.models.by_id.values() if _says(one, wanted, scope.lang)]
    kinds = list(ActivityKind)
    models.sort(key=lambda one: (kinds.index(one.kind), fold(one.title.render(scope.lang))))
    return tuple(_line(one, scope.lang) for one in models)


def open_model(platform: Platform, scope: Scope, model_id: str) -> ModelView:
    """One model; NotFound when there is none of that id."""
    model = platform.kits.models.by_id.get(model_id)
    if model is None:
        raise NotFound
    lang = scope.lang
    return ModelView(
        line=_line(model, lang),
        perimeter=model.perimeter,
        perimeter_name=PERIMETERS[model.perimeter].render(lang) if model.perimeter else "",
        interview=tuple(one.render(lang) for one in model.interview),
        steps=tuple(written(step, lang) for step in DEFAULT_SCALE.steps),
        impacts=tuple(
            _impact(axis.key, axis.name.render(lang), model.impacts[axis.key], lang) for axis in DEFAULT_SCALE.axes
        ),
        durations={OBJECTIVES[one].render(lang): written(model.durations[one], lang) for one in Objective},
        durations_why=model.durations_why.render(lang),
        minimum_service=model.minimum_service.render(lang),
        minimum_percent=model.minimum_percent,
        peaks=model.peaks.render(lang),
        needs=tuple(_need(number, one, lang) for number, one in enumerate(model.needs)),
        modes=tuple((one.title.render(lang), tuple(step.render(lang) for step in one.steps)) for one in model.modes),
    )


def _says(model: BiaModel, wanted: list[str], lang: Lang) -> bool:
    said = fold(" ".join((model.title.render(lang), model.description.render(lang), *model.keywords)))
    return all(word in said for word in wanted)


def _line(model: BiaModel, lang: Lang) -> ModelLine:
    return ModelLine(
        id=model.id,
        title=model.title.render(lang),
        description=model.description.render(lang),
        kind=model.kind,
        kind_name=ACTIVITY_KINDS[model.kind].render(lang),
        criticality=model.criticality,
        durations={one: written(model.durations[one], lang) for one in Objective},
    )


def _impact(key: str, name: str, impact: ModelImpact, lang: Lang) -> ImpactView:
    cells = tuple(
        (
            written(step, lang),
            level,
            DEFAULT_SCALE.levels[level - 1].render(lang),
            level >= DEFAULT_SCALE.alarm(key),
        )
        for step, level in zip(DEFAULT_SCALE.steps, impact.levels, strict=True)
    )
    return ImpactView(name, cells, impact.why.render(lang))


def _need(number: int, need: ModelNeed, lang: Lang) -> NeedView:
    return NeedView(
        number=number,
        kind=need.kind,
        kind_name=RESOURCE_KINDS[need.kind].render(lang),
        name=need.name.render(lang),
        essential=need.strength is Strength.ESSENTIAL,
        holds=written(need.holds_minutes, lang) if need.holds_minutes else "",
        holds_minutes=need.holds_minutes,
    )
