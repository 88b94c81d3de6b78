"""Commands in, events out. Nothing here looks at a clock: the instant is an argument.

The clock is *kept* by a tick, about twice a second. What falls due between two ticks is played. What fell due while
nobody kept the clock (an outage, a machine that slept) is held: it waits for the facilitator's choice, so that nothing
bursts and nothing is lost. While something is held for that reason, what falls due after it is held too: no stimulus
overtakes another by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exercises.events import (
    Added,
    Decided,
    Discounted,
    Ended,
    Event,
    Held,
    How,
    Interrupted,
    Noted,
    Observed,
    Paused,
    Played,
    Resumed,
    Shifted,
    Skipped,
    Started,
    Stepped,
    Told,
    Verdict,
    Why,
)
from exercises.kit import MAX_STIMULI, Condition, Outcome, Stimulus
from exercises.state import PENDING, Slot, Stage, Standing, State, by_time

GRACE = 15.0
"""Seconds that a stimulus may be late and still be played by itself: a restart takes a few."""
MAX_SHIFT = 8 * 3600.0
MAX_NOTE = 2000
MAX_REMARK = 600
"""Characters of what is noted of a reaction, and of a remark of the facilitation."""


class CommandError(Exception):
    """A command that cannot be obeyed, in one sentence."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(fr)
        self.fr, self.en = fr, en


@dataclass(frozen=True, slots=True)
class Pulse:
    """The last tick: its instant, and the second that the exercise clock showed."""

    at: datetime
    elapsed: float


@dataclass(frozen=True, slots=True)
class Start:
    """Begin."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop the clock."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Let the clock run again."""


@dataclass(frozen=True, slots=True)
class End:
    """Finish."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Move all that is still to come."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Discount:
    """Take the seconds of an interruption out of the clock."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Play:
    """Play a stimulus now, whatever its time."""

    stimulus: str


@dataclass(frozen=True, slots=True)
class Tell:
    """A stimulus that people act has been said."""

    stimulus: str


@dataclass(frozen=True, slots=True)
class Note:
    """Write a remark for the debrief."""

    text: str


@dataclass(frozen=True, slots=True)
class Skip:
    """Do without a stimulus."""

    stimulus: str


@dataclass(frozen=True, slots=True)
class Add:
    """Bring a stimulus that the kit does not hold."""

    stimulus: Stimulus


@dataclass(frozen=True, slots=True)
class Decide:
    """Settle a fork."""

    decision: str
    option: str


@dataclass(frozen=True, slots=True)
class Observe:
    """Say what was seen of an expected reaction. `seen_at` is when: None keeps what is known as long as the verdict is
    the same (a remark is added), and is `noted_at` otherwise. `noted_at` is now when None. One `key` (of the device) is
    taken once."""

    reaction: str
    verdict: Verdict
    seen_at: datetime | None = None
    note: str = ""
    key: str = ""
    noted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passes. `pulse` is the tick before this one, None for the first since the clock was started."""

    pulse: Pulse | None


Command = Start | Pause | Resume | End | Shift | Discount | Play | Tell | Skip | Add | Decide | Observe | Note | Tick


def decide(state: State, command: Command, now: datetime) -> list[Event]:
    """What follows from a command at this instant, if anything. CommandError when it cannot be obeyed."""
    return list(_DECISIONS[type(command)](state, command, now))


def _start(state: State, command: Start, now: datetime) -> Iterator[Event]:
    if state.stage is not Stage.READY:
        raise CommandError("L’exercice a déjà commencé.", "The exercise has already begun.")
    yield Started()


def _pause(state: State, command: Pause, now: datetime) -> Iterator[Event]:
    _require(state, Stage.RUNNING)
    yield Paused()


def _resume(state: State, command: Resume, now: datetime) -> Iterator[Event]:
    _require(state, Stage.PAUSED)
    yield Resumed()


def _end(state: State, command: End, now: datetime) -> Iterator[Event]:
    _require(state, Stage.RUNNING, Stage.PAUSED)
    yield Ended()


_STAGES = {
    Stage.READY: ("n’a pas commencé", "has not begun"),
    Stage.RUNNING: ("est en cours", "is running"),
    Stage.PAUSED: ("est en pause", "is paused"),
    Stage.ENDED: ("est terminé", "is over"),
}


def _require(state: State, *stages: Stage) -> None:
    if state.stage not in stages:
        fr, en = _STAGES[state.stage]
        raise CommandError(f"L’exercice {fr} : cette commande est sans effet.", f"The exercise {en}: nothing was done.")


def _shift(state: State, command: Shift, now: datetime) -> Iterator[Event]:
    _require(state, Stage.RUNNING, Stage.PAUSED)
    if not abs(command.seconds) <= MAX_SHIFT:  # so that what is not a number is refused too
        raise CommandError("Un décalage dure 8 heures au plus.", "A shift lasts 8 hours at most.")
    coming = [slot.at for slot in state.slots.values() if slot.at is not None and slot.standing in PENDING]
    if not coming:
        raise CommandError("Plus aucun stimulus n’est à venir.", "No stimulus is to come any more.")
    room = max(0.0, min(coming) - state.clock.at(now))
    if command.seconds < 0 and -command.seconds > room:
        raise CommandError(
            f"Le prochain stimulus tombe dans {room / 60:.0f} min : on ne peut avancer davantage.",
            f"The next stimulus falls in {room / 60:.0f} min: nothing can be brought further forward.",
        )
    if command.seconds:
        yield Shifted(seconds=command.seconds)


def _discount(state: State, command: Discount, now: datetime) -> Iterator[Event]:
    _require(state, Stage.RUNNING, Stage.PAUSED)
    last = max((slot.played_second or 0.0 for slot in state.slots.values()), default=0.0)
    if not 0 < command.seconds <= state.clock.at(now) - last:
        raise CommandError(
            "Un stimulus a été joué depuis : l’horloge ne peut plus revenir en arrière. Décalez plutôt la suite.",
            "A stimulus was played since: the clock cannot go back any more. Shift what follows instead.",
        )
    yield Discounted(seconds=command.seconds)


def _play(state: State, command: Play, now: datetime) -> Iterator[Event]:
    _require(state, Stage.RUNNING, Stage.PAUSED)
    _pending(state, command.stimulus)
    yield Played(stimulus=command.stimulus, how=How.NOW)


def _tell(state: State, command: Tell, now: datetime) -> Iterator[Event]:
    slot = state.slots.get(command.stimulus)
    if slot is None or slot.standing is not Standing.PLAYED:
        raise CommandError(
            f"Le stimulus {command.stimulus} n’a pas été joué.", f"Stimulus {command.stimulus} was not played."
        )
    if slot.told_at is None:
        yield Told(stimulus=command.stimulus)


def _note(state: State, command: Note, now: datetime) -> Iterator[Event]:
    _require(state, Stage.RUNNING, Stage.PAUSED, Stage.ENDED)
    text = command.text.strip()
    if not 0 < len(text) <= MAX_REMARK:
        raise CommandError(f"Une note a de 1 à {MAX_REMARK} signes.", f"A note has from 1 to {MAX_REMARK} characters.")
    yield Noted(title=_REMARK, text=text)


_REMARK = "Animation"
"""The heading of the remarks of the facilitation."""


def _skip(state: State, command: Skip, now: datetime) -> Iterator[Event]:
    _require(state, Stage.RUNNING, Stage.PAUSED)
    _pending(state, command.stimulus)
    yield Skipped(stimulus=command.stimulus, why=Why.CHOSEN)


def _pending(state: State, key: str) -> Slot:
    slot = state.slots.get(key)
    if slot is None:
        raise CommandError(f"Le stimulus {key} n’existe pas.", f"There is no stimulus {key}.")
    if slot.standing is Standing.PLAYED:
        raise CommandError(
            f"Le stimulus {key} a déjà été joué par {slot.by}.", f"Stimulus {key} was already played by {slot.by}."
        )
    if slot.standing is Standing.SKIPPED:
        raise CommandError(f"Le stimulus {key} a déjà été écarté.", f"Stimulus {key} was already left out.")
    return slot


def _add(state: State, command: Add, now: datetime) -> Iterator[Event]:
    _require(state, Stage.RUNNING, Stage.PAUSED)
    one = command.stimulus
    if one.id in state.slots:
        raise CommandError(f"Un stimulus s’appelle déjà {one.id}.", f"A stimulus is already called {one.id}.")
    if len(state.slots) >= MAX_STIMULI:
        raise CommandError(
            f"Un exercice a {MAX_STIMULI} stimuli au plus.", f"An exercise has {MAX_STIMULI} stimuli at most."
        )
    strangers = set(one.to) - {cell.id for cell in state.kit.cells}
    if strangers:
        raise CommandError(f"La cellule {min(strangers)} n’existe pas.", f"There is no cell {min(strangers)}.")
    if one.at is not None and one.at * 60 < state.clock.at(now):
        raise CommandError("Cette heure de l’exercice est passée.", "That time of the exercise is past.")
    yield Added(stimulus=one)


def _decide(state: State, command: Decide, now: datetime) -> Iterator[Event]:
    _require(state, Stage.RUNNING, Stage.PAUSED)
    known = {one.id: {option.id for option in one.options} for one in state.kit.decisions}
    if command.option not in known.get(command.decision, set()):
        raise CommandError("Cette décision n’existe pas dans ce kit.", "There is no such decision in this kit.")
    if command.decision in state.decisions:
        raise CommandError("Cette décision est déjà prise.", "This decision is already taken.")
    yield Decided(decision=command.decision, option=command.option)
    decided = {**state.decisions, command.decision: command.option}
    for slot in state.held:
        if slot.why is Why.UNDECIDED:
            holds = _holds(state, slot.stimulus, decided)
            if holds is not None:
                yield (
                    Played(stimulus=slot.stimulus.id, how=How.DECIDED)
                    if holds
                    else Skipped(stimulus=slot.stimulus.id, why=Why.CONDITION)
                )


def _observe(state: State, command: Observe, now: datetime) -> Iterator[Event]:
    if state.stage is Stage.READY:
        _require(state, Stage.RUNNING)
    stimulus, _, letter = command.reaction.partition(".")
    slot = state.slots.get(stimulus)
    if slot is None or letter not in {one.id for one in slot.stimulus.expects}:
        raise CommandError(
            f"La réaction {command.reaction} n’existe pas.", f"There is no expected reaction {command.reaction}."
        )
    if command.key and command.key in state.keys:
        return
    if len(command.note.strip()) > MAX_NOTE:
        raise CommandError(f"Une note a {MAX_NOTE} signes au plus.", f"A note has {MAX_NOTE} characters at most.")
    yield Observed(
        reaction=command.reaction,
        verdict=command.verdict,
        seen_at=_seen_at(state, command, now),
        note=command.note.strip(),
        key=command.key,
        noted_at=command.noted_at,
    )


def _seen_at(state: State, command: Observe, now: datetime) -> datetime:
    if command.seen_at is not None:
        return command.seen_at
    known = state.observations.get(command.reaction)
    return known.seen_at if known and known.verdict is command.verdict else command.noted_at or now


def _tick(state: State, command: Tick, now: datetime) -> Iterator[Event]:
    if state.stage is not Stage.RUNNING:
        return
    pulse, elapsed = command.pulse, state.clock.at(now)
    if pulse is not None and now < pulse.at:
        yield Stepped(elapsed=pulse.elapsed)
        return
    if pulse is not None and (now - pulse.at).total_seconds() > GRACE:
        yield Interrupted(seconds=(now - pulse.at).total_seconds())
    blocked = any(slot.why is Why.LATE for slot in state.held)
    due = [s for s in state.slots.values() if s.standing is Standing.WAITING and s.at is not None and s.at <= elapsed]
    for slot in sorted(due, key=by_time):
        blocked = blocked or elapsed - by_time(slot)[0] > GRACE
        yield Held(stimulus=slot.stimulus.id, why=Why.LATE) if blocked else _due(state, slot.stimulus)


def _due(state: State, stimulus: Stimulus) -> Event:
    holds = _holds(state, stimulus, state.decisions)
    if holds is None:
        return Held(stimulus=stimulus.id, why=Why.UNDECIDED)
    if not holds:
        return Skipped(stimulus=stimulus.id, why=Why.CONDITION)
    return Played(stimulus=stimulus.id, how=How.DUE)


def _holds(state: State, stimulus: Stimulus, decisions: Mapping[str, str]) -> bool | None:
    """Whether every condition holds; None when one depends on a decision that is not taken and no other fails."""
    answers = [_answer(state, one, decisions) for one in stimulus.when]
    if False in answers:
        return False
    return None if None in answers else True


def _answer(state: State, condition: Condition, decisions: Mapping[str, str]) -> bool | None:
    if condition.decision is not None:
        taken = decisions.get(condition.decision)
        return None if taken is None else taken == condition.answer
    seen = state.observations.get(condition.reaction or "")
    there = seen is not None and seen.verdict is not Verdict.MISSED
    return there == (condition.answer == Outcome.OBSERVED)


_DECISIONS: Mapping[type[Command], Callable[[State, Any, datetime], Iterator[Event]]] = {
    Start: _start,
    Pause: _pause,
    Resume: _resume,
    End: _end,
    Shift: _shift,
    Discount: _discount,
    Play: _play,
    Tell: _tell,
    Note: _note,
    Skip: _skip,
    Add: _add,
    Decide: _decide,
    Observe: _observe,
    Tick: _tick,
}
