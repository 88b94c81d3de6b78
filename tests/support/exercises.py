"""An exercise to conduct, made from the small kit of the engine's tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from care.adapters.kits import PackagedKits
from care.domain.access import Scope
from care.services.exercises.preparing import ExerciseDraft, create_exercise
from care.services.platform import Platform
from exercises.kit import Booklet, Bundle, Document
from tests.unit.exercises.sample_kit import kit

BUNDLE = Bundle(
    kit(),
    MappingProxyType(dict.fromkeys(Booklet, "# Livret\n\n{{lab}} ne répond plus.")),
    (Document("photo.png", b"{{lab}}"), Document("plan.txt", "Plan d’étage, {{lab}}".encode())),
)


@dataclass(frozen=True)
class OneKit(PackagedKits):
    """The packaged kits, with one exercise."""

    @property
    def exercises(self) -> Mapping[str, Bundle]:
        return MappingProxyType({BUNDLE.kit.id: BUNDLE})


def with_one_kit(platform: Platform) -> Platform:
    """The platform, whose only exercise kit is the small one."""
    return replace(platform, kits=OneKit())


def prepared(platform: Platform, scope: Scope, establishment_id: int) -> int:
    """An exercise planned for tomorrow."""
    at: datetime = platform.clock.now() + timedelta(days=1)
    return create_exercise(platform, scope, establishment_id, ExerciseDraft(BUNDLE.kit.id, "Nuit d’essai", at))
