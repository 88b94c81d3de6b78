"""What a process remembers of the exercises it conducts, so that a request reads their last events only."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from exercises.state import State

_KEPT = 200
"""Exercises held in memory: twice the largest regional day (80 establishments at once)."""


@dataclass(frozen=True, slots=True)
class Room:
    """An exercise after its event `number`; `hash` is that of this event. `version` is that of the exercise's row when
    its kit was read: a kit changes until DEBEX."""

    version: int
    number: int
    hash: str
    state: State


class Rooms:
    """The rooms of a process, the least used forgotten first. Forgetting one costs a replay, nothing else."""

    def __init__(self) -> None:
        self._rooms: OrderedDict[int, Room] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, exercise_id: int) -> Room | None:
        """What is known of an exercise."""
        with self._lock:
            return self._rooms.get(exercise_id)

    def keep(self, exercise_id: int, room: Room) -> None:
        """Remember a room read from the database, never one whose events are not committed."""
        with self._lock:
            self._rooms[exercise_id] = room
            self._rooms.move_to_end(exercise_id)
            while len(self._rooms) > _KEPT:
                self._rooms.popitem(last=False)


class Presence:
    """Who was seen, written down together: a hundred and fifty browsers that ask at once are one write, not as many."""

    def __init__(self, every: timedelta = timedelta(seconds=5)) -> None:
        self._every = every
        self._waiting: set[int] = set()
        self._written: datetime | None = None
        self._lock = threading.Lock()

    def note(self, participant_id: int, now: datetime) -> frozenset[int]:
        """Someone was seen. Who is to be written down now, by the caller: nobody while that was just done."""
        with self._lock:
            self._waiting.add(participant_id)
            if self._written is not None and timedelta(0) <= now - self._written < self._every:
                return frozenset()
            self._written, due = now, frozenset(self._waiting)
            self._waiting.clear()
            return due
