"""What happened to an exercise beside its stimuli, in one sentence each: remarks, pauses, outages, shifts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.services.exercises.event_words import told
from care.services.exercises.rooms import EVENTS
from care.store.exercises import ExerciseEvent
from exercises.events import Noted
from exercises.state import State
from scanners.model import Lang

LATEST = 8
_ELSEWHERE = frozenset({"played", "skipped", "held", "added", "decided", "observed"})
"""What the page tells of beside."""
_LOOKED_AT = 200
"""Events read to find the latest that count: stimuli and observations are told elsewhere."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One line. `remark`: written by the facilitation for the debrief."""

    at: datetime
    by: str
    text: str
    remark: bool


def happenings(
    session: Session, exercise_id: int, state: State, lang: Lang, count: int = LATEST
) -> tuple[Happening, ...]:
    """The latest, latest first, in the reader's language."""
    query = (
        select(ExerciseEvent.at, ExerciseEvent.by, ExerciseEvent.content)
        .where(ExerciseEvent.exercise_id == exercise_id)
        .order_by(ExerciseEvent.number.desc())
        .limit(_LOOKED_AT)
    )
    rows = [(at, by, content) for at, by, content in session.execute(query) if content["what"] not in _ELSEWHERE]
    events = [(at, by, EVENTS.validate_python(content)) for at, by, content in rows[:count]]
    return tuple(
        Happening(at, by, said.render(lang), isinstance(event, Noted))
        for at, by, event in events
        if (said := told(event, state)) is not None
    )
