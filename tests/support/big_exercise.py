"""An exercise as large as any we know of: 260 stimuli for 150 people in twelve cells (`peers.md` 3.1), for measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from care.adapters.kits import PackagedKits
from care.domain.access import Scope
from care.domain.exercises import Seat
from care.services.exercises.conducting import obey
from care.services.exercises.preparing import ExerciseDraft, create_exercise
from care.services.exercises.seats import hashed
from care.services.platform import Platform
from care.store.exercises import ExerciseParticipant
from exercises.decide import Play, Start
from exercises.kit import Booklet, Bundle, Kit
from tests.unit.exercises.sample_kit import document

STIMULI = 260
PEOPLE = 150
CELLS = 12
CHANNELS = ("mail", "sms", "screen", "paper", "phone")
BODY = "Les urgences signalent que **le dossier patient** ne s’ouvre plus sur aucun poste.\n\n" * 4


@dataclass(frozen=True)
class _Kits(PackagedKits):
    bundle: Bundle | None = None

    @property
    def exercises(self) -> Mapping[str, Bundle]:
        assert self.bundle is not None
        return MappingProxyType({self.bundle.kit.id: self.bundle})


def big_kit(stimuli: int = STIMULI, minutes: int = 240) -> Kit:
    """A kit with that many stimuli spread over that many minutes, one in ten kept in reserve."""
    cells = [{"id": f"cell{n}", "name": f"Cellule {n}", "mission": "Tenir.", "functions": ["Cadre"]} for n in _cells()]
    return Kit.model_validate(
        {
            **document(),
            "id": "grand-exercice",
            "title": "Grand exercice",
            "duration": minutes,
            "cells": cells,
            "stimuli": list(_stimuli(stimuli, minutes)),
            "decisions": [],
        }
    )


def _cells() -> range:
    return range(1, CELLS + 1)


def _stimuli(count: int, minutes: int) -> Iterator[dict[str, Any]]:
    for n in range(count):
        cell = f"cell{n % CELLS + 1}"
        reaction = {"text": "Prévient la cellule stratégique", "within": 10, "objective": "alert", "weight": 2}
        one: dict[str, Any] = {
            "id": f"S{n + 1:03}",
            "sender": "Cadre de nuit",
            "to": [cell, f"cell{(n + 5) % CELLS + 1}"],
            "channel": CHANNELS[n % len(CHANNELS)],
            "title": f"Le service {n + 1} n’a plus accès au dossier patient",
            "body": BODY,
            "expects": [{"id": letter, **reaction} for letter in "ab"],
        }
        yield one if n % 10 == 9 else {**one, "at": n * (minutes - 1) // count}


def plant_big_exercise(
    platform: Platform,
    scope: Scope,
    establishment_id: int,
    stimuli: int = STIMULI,
    people: int = PEOPLE,
    first: int = 0,
) -> int:
    """The number of an exercise ready to start, its players seated. The cookie of its `n`th player is
    `player_token(first + n)`."""
    bundle = Bundle(big_kit(stimuli), MappingProxyType(dict.fromkeys(Booklet, "# Livret")), ())
    stage = replace(platform, kits=_Kits(bundle=bundle))
    draft = ExerciseDraft(bundle.kit.id, "Grand exercice", platform.clock.now() + timedelta(days=1))
    exercise_id = create_exercise(stage, scope, establishment_id, draft)
    now = platform.clock.now()
    with platform.database.write() as session:
        for n in range(people):
            session.add(
                ExerciseParticipant(
                    exercise_id=exercise_id, seat=Seat.PLAYER, cell=f"cell{n % CELLS + 1}", name=f"Joueur {n}",
                    token_hash=hashed(player_token(first + n)), joined_at=now, seen_at=now,
                )
            )  # fmt: skip
    return exercise_id


def player_token(number: int) -> str:
    """What the browser of a player planted here holds."""
    return f"joueur-{number}"


def play_some(platform: Platform, scope: Scope, exercise_id: int, stimuli: int) -> None:
    """Start, and play the first stimuli."""
    obey(platform, scope, exercise_id, Start())
    for n in range(stimuli):
        obey(platform, scope, exercise_id, Play(f"S{n + 1:03}"))
