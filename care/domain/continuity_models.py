"""Ready-made models of business impact analyses for the usual activities of a hospital.

A model is a proposal to discuss, never official. Everything here is frozen and comes checked from
`care.adapters.continuity_kits`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from care.domain.actions import CareCriticality
from care.domain.bia import Objective
from care.domain.bia_content import Content
from care.domain.bia_scale import DEFAULT_SCALE, Scale, fold
from care.domain.continuity import ActivityKind, Perimeter, ResourceKind, Strength
from scanners.model import Lang, Text


@dataclass(frozen=True, slots=True)
class ModelImpact:
    """The level reached at each step of our default scale, and why in a sentence."""

    levels: tuple[int, ...]
    why: Text


@dataclass(frozen=True, slots=True)
class ModelNeed:
    """What such an activity usually relies on, and how long it holds without it, in minutes."""

    kind: ResourceKind
    name: Text
    strength: Strength
    holds_minutes: int


@dataclass(frozen=True, slots=True)
class ModelMode:
    """A usual way to go on without the tools, in a few steps."""

    title: Text
    steps: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class BiaModel:
    """One activity as hospitals usually live it. `perimeter` is None when it counts for none of D2.O1.C."""

    id: str
    title: Text
    description: Text
    interview: tuple[Text, ...]
    kind: ActivityKind
    perimeter: Perimeter | None
    criticality: CareCriticality
    keywords: tuple[str, ...]
    impacts: Mapping[str, ModelImpact]
    durations: Mapping[Objective, int]
    durations_why: Text
    minimum_service: Text
    minimum_percent: int
    peaks: Text
    needs: tuple[ModelNeed, ...]
    modes: tuple[ModelMode, ...]

    def content(self, scale: Scale, lang: Lang) -> Content:
        """A first draft under a scale, in one language: what the scale does not share with ours is left to answer."""
        mine = Content(
            scale=DEFAULT_SCALE,
            answers={key: dict(zip(DEFAULT_SCALE.steps, one.levels, strict=True)) for key, one in self.impacts.items()},
            reasons={key: one.why.render(lang) for key, one in self.impacts.items()},
            durations=self.durations,
            minimum_service=self.minimum_service.render(lang),
            minimum_percent=self.minimum_percent,
            peaks=self.peaks.render(lang),
        )
        return mine if scale == DEFAULT_SCALE else mine.under(scale)


@dataclass(frozen=True, slots=True)
class BiaModels:
    """The models by their id."""

    by_id: Mapping[str, BiaModel] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", MappingProxyType(dict(self.by_id)))

    def likely(self, name: str) -> BiaModel | None:
        """The model whose words are in the name of an activity; the longest word wins, None when there is none."""
        said = fold(name)
        known = [(len(word), model) for model in self.by_id.values() for word in model.keywords if _says(said, word)]
        return max(known, key=lambda one: one[0])[1] if known else None


_SHORT = 4
"""A keyword this short (`had`, `ins`) is a whole word; longer ones may begin one (`brancard`, `brancardage`)."""


def _says(said: str, keyword: str) -> bool:
    word = fold(keyword)
    if " " in word:
        return word in said
    return any(one == word or (len(word) > _SHORT and one.startswith(word)) for one in re.findall(r"[a-z0-9]+", said))
