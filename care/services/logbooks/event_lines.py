"""The events of an exercise as lines of its logbook: read from the events, never copied."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from care.services.exercises.event_words import told
from care.services.exercises.rooms import EVENTS
from care.store.exercises import ExerciseEvent
from exercises.events import Noted
from exercises.state import State
from scanners.model import Lang


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event, told in the reader's language."""

    number: int
    at: datetime
    by: str
    text: str


def event_lines(events: Iterable[ExerciseEvent], state: State, lang: Lang) -> list[EventLine]:
    """What happened in the exercise, for its logbook: the clock, stimuli played, decisions; not what observers
    tick, nor the remarks of the facilitation."""
    known = [(row, EVENTS.validate_python(row.content)) for row in events]
    return [
        EventLine(row.number, row.at, row.by, said.render(lang))
        for row, event in known
        if not isinstance(event, Noted) and (said := told(event, state)) is not None
    ]
