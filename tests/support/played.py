"""An exercise really played: prepared from a kit, its clock kept from DEBEX to FINEX, observed, answered, marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import cycle

from care.domain.access import Scope
from care.domain.exercises import LessonKind, Round
from care.services.exercises.conducting import Conductor, obey
from care.services.exercises.lessons import LessonDraft, add_lesson
from care.services.exercises.playing import Message, answer
from care.services.exercises.preparing import ExerciseDraft, create_exercise
from care.services.exercises.questionnaires import fill_in, token_of
from care.services.exercises.rooms import enter
from care.services.exercises.seats import Arrival, Sitting, badges, sit_with_token, sitting
from care.services.platform import Platform
from care.store.exercises import Exercise, ExerciseMark
from exercises.decide import End, Observe, Pause, Pulse, Resume, Skip, Start
from exercises.events import Verdict
from exercises.kit import Kit, QuestionKind
from exercises.kit_check import reaction_id
from exercises.state import State
from tests.support.clock import FixedClock

TITLE = "Nuit blanche"
FUNCTIONS = ("Directrice de garde", "Directrice des soins", "Cadre de nuit", "Interne", "Technicien d’astreinte")
_SEEN = ((Verdict.SEEN, 0.5), (Verdict.SEEN, 0.2), (Verdict.PARTIAL, 0.8), (Verdict.SEEN, 1.6), (Verdict.MISSED, 1.0))
"""What is seen of each reaction in turn, and when: a part of the time allowed. One in six is not observed."""


def plant_played(
    platform: Platform, scope: Scope, establishment_id: int, kit: str, *, title: str = TITLE, days: float = 1
) -> int:
    """Play a kit, `days` ago, up to the hot debrief; the number of the exercise."""
    clock = FixedClock(platform.clock.now() - timedelta(days=days, hours=4))
    then = replace(platform, clock=clock)
    draft = ExerciseDraft(kit, title, clock.now(), place="Salle du conseil", director="Anne Martin")
    number = create_exercise(then, scope, establishment_id, draft)
    cells = _seats(then, scope, number)
    obey(then, scope, number, Start())
    state = _play(then, scope, number, clock)
    _answer(then, cells, state)
    _observe(then, scope, number, state)
    obey(then, scope, number, End())
    _mark(then, number, state.kit)
    for person in range(4):
        _fill_in(then, number, state.kit, person)
    _learn(then, scope, number, state.kit)
    return number


def _seats(platform: Platform, scope: Scope, number: int) -> dict[str, Sitting]:
    found: dict[str, Sitting] = {}
    functions = cycle(FUNCTIONS)
    for rank, badge in enumerate(badges(platform, scope, number)):
        for extra in range(2 if badge.cell else 1):
            arrival = Arrival(f"Personne {rank}{extra}", next(functions))
            who = sitting(platform, sit_with_token(platform, badge.token, arrival))
            if who is not None:
                found[who.cell] = who
    return found


def _play(platform: Platform, scope: Scope, number: int, clock: FixedClock) -> State:
    """A tick at each minute where something falls due, then a pause and a reserve left out."""
    conductor, state = Conductor(platform), _state(platform, number)
    began = clock.now()
    for second in sorted({one.at for one in state.slots.values() if one.at is not None}):
        clock.time = began + timedelta(seconds=second + 1)
        conductor.pulses[number] = Pulse(clock.now(), second + 1)  # somebody ticked all along
        conductor.tick()
        state = _state(platform, number)
    clock.time = began + timedelta(minutes=state.kit.duration + 3)
    obey(platform, scope, number, Pause())
    clock.forward(minutes=5)
    obey(platform, scope, number, Resume())
    reserve = next((one.id for one in state.kit.stimuli if one.reserve), None)
    if reserve is not None:
        obey(platform, scope, number, Skip(reserve))
    return _state(platform, number)


def _state(platform: Platform, number: int) -> State:
    with platform.database.read() as session:
        return enter(session, platform.rooms, session.get_one(Exercise, number)).state


def _answer(platform: Platform, cells: dict[str, Sitting], state: State) -> None:
    """Each cell answers what reached it first, as if four minutes after."""
    for cell, who in cells.items():
        reached = [one for one in state.slots.values() if one.played_at and cell in one.stimulus.to]
        for slot in reached[:2]:
            assert slot.played_at is not None
            at = FixedClock(slot.played_at + timedelta(minutes=4))
            answer(
                replace(platform, clock=at),
                who,
                Message("Nous basculons au papier.", f"{cell}-{slot.stimulus.id}", slot.stimulus.id),
            )


def _observe(platform: Platform, scope: Scope, number: int, state: State) -> None:
    turn = cycle((*_SEEN, None))
    for slot in state.slots.values():
        for reaction in slot.stimulus.expects if slot.played_at else ():
            seen = next(turn)
            if seen is not None and slot.played_at is not None:
                at = slot.played_at + timedelta(minutes=reaction.within * seen[1])
                key = reaction_id(slot.stimulus, reaction)
                obey(platform, scope, number, Observe(key, seen[0], at, "Vu depuis le couloir.", key))


def _mark(platform: Platform, number: int, kit: Kit) -> None:
    rows = [
        ExerciseMark(
            exercise_id=number, criterion=one.id, cell=one.cell or cell.id, observer=observer, mark=mark,
            note="" if mark > 1 else "Personne ne note l’heure.", at=platform.clock.now(),
        )
        for cell in kit.cells[:1]
        for rank, one in enumerate(kit.observation)
        for observer, mark in (("Odile", 3 - rank % 2), ("Omar", 3 - rank % 4))
    ]  # fmt: skip
    with platform.database.write() as session:
        session.add_all(rows)


def _fill_in(platform: Platform, number: int, kit: Kit, person: int) -> None:
    said = {
        QuestionKind.SCALE: str(5 - person % 3),
        QuestionKind.YES_NO: "yes" if person else "no",
        QuestionKind.WORDS: ("Un numéro de garde à jour.", "Moins de couloirs.", "", "Le classeur rouge.")[person],
    }
    typed = {one.id: said[one.kind] for one in kit.hot}
    fill_in(platform, token_of(platform, number, Round.HOT), f"appareil-{person}", typed)


def _learn(platform: Platform, scope: Scope, number: int, kit: Kit) -> None:
    for draft in _lessons(kit):
        add_lesson(platform, scope, number, draft)


def _lessons(kit: Kit) -> Iterator[LessonDraft]:
    objective, cell = kit.objectives[0].id, kit.cells[0].id
    yield LessonDraft(LessonKind.STRENGTH, "L’alerte est donnée en moins de cinq minutes", objective, cell)
    yield LessonDraft(LessonKind.GAP, "L’annuaire papier de nuit date de 2023", objective)
    yield LessonDraft(LessonKind.GAP, "Personne ne sait où est le kit papier", "", cell)
