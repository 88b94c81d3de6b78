"""Exercises in several stages, for the tests of pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from care.domain.exercises import GuestRole
from care.services.exercises.closing import close_exercise, propose_closing
from care.services.exercises.conducting import obey
from care.services.exercises.guests import GuestDraft, add_guests, list_guests
from care.services.exercises.preparing import ExerciseDraft, create_exercise
from care.services.exercises.seats import Arrival, badges, people, sit_with_token
from care.services.platform import Platform
from exercises.decide import End, Start
from tests.support.people import MACHINE
from tests.support.played import plant_played

KIT = "ecran-noir-20-minutes"


@dataclass(frozen=True)
class PlantedExercises:
    """The numbers of an exercise being prepared, of one under way, of one to debrief."""

    prepared: int
    live: int
    over: int


@dataclass(frozen=True)
class PlantedDebriefs:
    """The numbers of an exercise really played, to debrief, and of the one before, closed."""

    played: int
    closed: int


def plant_exercises(platform: Platform, establishment_id: int) -> PlantedExercises:
    prepared, live, over = (_prepare(platform, establishment_id, title) for title in ("Nuit noire", "Écran", "Hier"))
    obey(platform, MACHINE, live, Start())
    obey(platform, MACHINE, over, Start())
    obey(platform, MACHINE, over, End())
    return PlantedExercises(prepared, live, over)


def plant_debriefs(platform: Platform, establishment_id: int) -> PlantedDebriefs:
    before = plant_played(platform, MACHINE, establishment_id, KIT, title="Nuit d’avant", days=300)
    found = propose_closing(platform, MACHINE, before)
    close_exercise(platform, MACHINE, before, found.outcome, found.version)
    return PlantedDebriefs(plant_played(platform, MACHINE, establishment_id, KIT), before)


def _prepare(platform: Platform, establishment_id: int, title: str) -> int:
    at = platform.clock.now() + timedelta(days=1)
    draft = ExerciseDraft(KIT, title, at, place="Salle du conseil", director="Anne Martin")
    return create_exercise(platform, MACHINE, establishment_id, draft)


def plant_participant(platform: Platform, exercise_id: int) -> int:
    """Someone who sits in the first cell."""
    badge = badges(platform, MACHINE, exercise_id)[0]
    sit_with_token(platform, badge.token, Arrival("Aline Roux", "Cadre de nuit"))
    return people(platform, MACHINE, exercise_id)[0].id


def plant_guests(platform: Platform, exercise_id: int) -> int:
    """A player of the first cell and an observer; the number of the player."""
    cell = next(iter(list_guests(platform, MACHINE, exercise_id).cells))
    player = GuestDraft("Aline Roux", "Cadre de nuit", "aline.roux@example.org", "04 50 00 00 41", cell=cell)
    observer = GuestDraft("Marc Petit", "Qualité", role=GuestRole.OBSERVER)
    add_guests(platform, MACHINE, exercise_id, [player, observer])
    return list_guests(platform, MACHINE, exercise_id).lines[0].id
