"""Where an exercise stands: the fold of its events over its kit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import reduce
from types import MappingProxyType
from typing import Any

from exercises.clock import Clock
from exercises.events import (
    Added,
    Dated,
    Decided,
    Discounted,
    Ended,
    Event,
    Held,
    How,
    Interrupted,
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
from exercises.kit import ACTED, Kit, Stimulus


class Stage(StrEnum):
    """Where the exercise as a whole stands."""

    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


class Standing(StrEnum):
    """Where a stimulus stands."""

    WAITING = "waiting"
    RESERVE = "reserve"
    HELD = "held"
    PLAYED = "played"
    SKIPPED = "skipped"


PENDING = frozenset({Standing.WAITING, Standing.RESERVE, Standing.HELD})


@dataclass(frozen=True, slots=True)
class Slot:
    """One stimulus in the exercise. `planned` and `at` are seconds of the exercise clock, as the kit said and after the
    shifts; None for a reserve. `played_at` is an instant, `played_second` its second of the exercise clock; `told_at`
    is when a facilitator had said what people act."""

    stimulus: Stimulus
    order: int
    planned: float | None
    at: float | None
    standing: Standing
    why: Why | None = None
    how: How | None = None
    played_at: datetime | None = None
    played_second: float | None = None
    by: str = ""
    told_at: datetime | None = None

    @property
    def to_tell(self) -> bool:
        """Whether a facilitator still has to say it, on the telephone or face to face."""
        acted = self.standing is Standing.PLAYED and self.stimulus.channel in ACTED
        return acted and self.told_at is None


@dataclass(frozen=True, slots=True)
class Observation:
    """The last thing noted of an expected reaction. `second` is that of the exercise clock when it was seen."""

    verdict: Verdict
    seen_at: datetime
    second: float
    by: str
    note: str
    noted_at: datetime


@dataclass(frozen=True, slots=True)
class State:
    """Everything that commands need to know. Mappings are by id; `keys` are those of the observations taken.
    `interrupted`: seconds during which nobody kept the clock, until something is played or moved."""

    kit: Kit
    slots: Mapping[str, Slot]
    stage: Stage = Stage.READY
    clock: Clock = field(default_factory=Clock)
    decisions: Mapping[str, str] = field(default_factory=dict)
    observations: Mapping[str, Observation] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()
    started_at: datetime | None = None
    ended_at: datetime | None = None
    interrupted: float = 0.0

    @property
    def held(self) -> tuple[Slot, ...]:
        """What waits for the facilitator, in the order of its time."""
        return tuple(sorted((s for s in self.slots.values() if s.standing is Standing.HELD), key=by_time))


def by_time(slot: Slot) -> tuple[float, int]:
    """The order in which stimuli are to reach people."""
    return (slot.at or 0.0, slot.order)


def initial(kit: Kit) -> State:
    """An exercise that nobody has started."""
    return State(kit, MappingProxyType({one.id: _slot(one, order) for order, one in enumerate(kit.stimuli)}))


def _slot(stimulus: Stimulus, order: int) -> Slot:
    at = None if stimulus.at is None else stimulus.at * 60.0
    return Slot(stimulus, order, at, at, Standing.RESERVE if at is None else Standing.WAITING)


def replay(kit: Kit, events: Iterable[Dated]) -> State:
    """The state after these events."""
    return reduce(evolve, events, initial(kit))


def evolve(state: State, dated: Dated) -> State:
    """The state after one event more. An event was decided on: it is never refused here."""
    change = _CHANGES.get(type(dated.event))
    return change(state, dated, dated.event) if change else state


def _started(state: State, dated: Dated, event: Started) -> State:
    return replace(state, stage=Stage.RUNNING, clock=state.clock.started(dated.at), started_at=dated.at)


def _paused(state: State, dated: Dated, event: Paused) -> State:
    return replace(state, stage=Stage.PAUSED, clock=state.clock.stopped(dated.at))


def _resumed(state: State, dated: Dated, event: Resumed) -> State:
    return replace(state, stage=Stage.RUNNING, clock=state.clock.started(dated.at))


def _ended(state: State, dated: Dated, event: Ended) -> State:
    return replace(state, stage=Stage.ENDED, clock=state.clock.stopped(dated.at), ended_at=dated.at)


def _stepped(state: State, dated: Dated, event: Stepped) -> State:
    return replace(state, clock=state.clock.set(event.elapsed, dated.at))


def _discounted(state: State, dated: Dated, event: Discounted) -> State:
    """What was held because nobody kept the clock has its time to come again."""
    clock = state.clock.set(state.clock.at(dated.at) - event.seconds, dated.at)
    now = clock.at(dated.at)
    slots = {
        key: _released(slot) if slot.at is not None and slot.at > now else slot for key, slot in state.slots.items()
    }
    return replace(state, clock=clock, slots=MappingProxyType(slots), interrupted=0.0)


def _shifted(state: State, dated: Dated, event: Shifted) -> State:
    moved = {
        key: _released(replace(slot, at=slot.at + event.seconds))
        if slot.at is not None and slot.standing in PENDING
        else slot
        for key, slot in state.slots.items()
    }
    return replace(state, slots=MappingProxyType(moved), interrupted=0.0)


def _released(slot: Slot) -> Slot:
    return replace(slot, standing=Standing.WAITING, why=None) if slot.standing is Standing.HELD else slot


def _played(state: State, dated: Dated, event: Played) -> State:
    second = state.clock.at(dated.at)
    return _with(
        replace(state, interrupted=0.0), event.stimulus, standing=Standing.PLAYED, why=None, how=event.how,
        played_at=dated.at, played_second=second, by=dated.by,
    )  # fmt: skip


def _told(state: State, dated: Dated, event: Told) -> State:
    return _with(state, event.stimulus, told_at=dated.at)


def _interrupted(state: State, dated: Dated, event: Interrupted) -> State:
    return replace(state, interrupted=state.interrupted + event.seconds)


def _skipped(state: State, dated: Dated, event: Skipped) -> State:
    return _with(state, event.stimulus, standing=Standing.SKIPPED, why=event.why, by=dated.by)


def _held(state: State, dated: Dated, event: Held) -> State:
    return _with(state, event.stimulus, standing=Standing.HELD, why=event.why)


def _added(state: State, dated: Dated, event: Added) -> State:
    slot = _slot(event.stimulus, len(state.slots))
    return replace(state, slots=MappingProxyType({**state.slots, event.stimulus.id: slot}))


def _decided(state: State, dated: Dated, event: Decided) -> State:
    return replace(state, decisions=MappingProxyType({**state.decisions, event.decision: event.option}))


def _observed(state: State, dated: Dated, event: Observed) -> State:
    state = replace(state, keys=state.keys | {event.key} if event.key else state.keys)
    noted_at, known = event.noted_at or dated.at, state.observations.get(event.reaction)
    if known is not None and noted_at < known.noted_at:
        return state
    second = state.clock.when(event.seen_at)
    seen = Observation(event.verdict, event.seen_at, second, dated.by, event.note, noted_at)
    return replace(state, observations=MappingProxyType({**state.observations, event.reaction: seen}))


def _with(state: State, key: str, **changes: Any) -> State:  # noqa: ANN401 - the fields of a slot
    slot = replace(state.slots[key], **changes)
    return replace(state, slots=MappingProxyType({**state.slots, key: slot}))


_CHANGES: Mapping[type[Event], Callable[[State, Dated, Any], State]] = {
    Started: _started,
    Paused: _paused,
    Resumed: _resumed,
    Ended: _ended,
    Shifted: _shifted,
    Played: _played,
    Told: _told,
    Interrupted: _interrupted,
    Skipped: _skipped,
    Held: _held,
    Added: _added,
    Decided: _decided,
    Observed: _observed,
    Stepped: _stepped,
    Discounted: _discounted,
}
