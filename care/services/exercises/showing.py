"""What the screen of the room shows: the clock, the chapter, the simulated press and what is put up on screens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from care.services.exercises.playing import Received, received_of
from care.services.exercises.rooms import enter, light_row
from care.services.exercises.seats import Sitting
from care.services.platform import Platform
from care.store.registry import Establishment
from exercises.kit import Channel
from exercises.state import Slot, Stage, Standing, State

PUT_UP = frozenset({Channel.PRESS, Channel.SCREEN})
"""What everyone in the room may read; the rest reaches its cells alone."""
MOST_SHOWN = 6
"""What fits on a wall: the last one to read, those before as headlines."""


@dataclass(frozen=True, slots=True)
class Screen:
    """The screen at an instant. `phase` is the chapter, `before` those that are past: what comes is not told. `shown`
    begins with the latest; `mark` changes when anything but the clock does."""

    title: str
    establishment: str
    planned_at: datetime
    stage: Stage
    second: float
    phase: str
    before: tuple[str, ...]
    mark: str
    shown: tuple[Received, ...]


def screen(platform: Platform, who: Sitting) -> Screen:
    """What the room sees now."""
    now = platform.clock.now()
    with platform.database.read() as session:
        row = light_row(session, who.exercise_id)
        room = enter(session, platform.rooms, row)
        second = room.state.clock.at(now)
        phase = room.state.kit.phase_at(second / 60)
        return Screen(
            title=row.title,
            establishment=session.get_one(Establishment, row.establishment_id).name,
            planned_at=row.planned_at,
            stage=room.state.stage,
            second=second,
            phase=phase.title,
            before=tuple(one.title for one in room.state.kit.phases if one.start < phase.start),
            mark=f"{room.number}.{phase.id}",
            shown=tuple(received_of(slot, row) for slot in _put_up(room.state)[:MOST_SHOWN]),
        )


def _put_up(state: State) -> list[Slot]:
    played = (slot for slot in state.slots.values() if slot.standing is Standing.PLAYED)
    found = [slot for slot in played if slot.stimulus.channel in PUT_UP]
    return sorted(found, key=lambda slot: (slot.played_second or 0.0, slot.order), reverse=True)
