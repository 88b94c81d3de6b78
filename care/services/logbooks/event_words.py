"""The events of an exercise as lines of its logbook: read from the events, never copied."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from care.store.exercises import ExerciseEvent
from exercises.state import State
from scanners.model import Lang, Text


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event, told in the reader's language."""

    number: int
    at: datetime
    by: str
    text: str


def event_lines(events: Iterable[ExerciseEvent], state: State, lang: Lang) -> list[EventLine]:
    """What happened in the exercise, for its logbook: the clock, stimuli played, decisions; not what observers tick."""
    told = ((event, _TOLD.get(event.content.get("what", ""))) for event in events)
    return [
        EventLine(event.number, event.at, event.by, words(event.content, state).render(lang))
        for event, words in told
        if words is not None
    ]


def _played(content: Mapping[str, Any], state: State) -> Text:
    key = str(content.get("stimulus", ""))
    slot = state.slots.get(key)
    if slot is None:
        return Text(f"Stimulus {key}", f"Stimulus {key}")
    names = {cell.id: cell.name for cell in state.kit.cells}
    to = ", ".join(names.get(cell, cell) for cell in slot.stimulus.to)
    title = slot.stimulus.title
    return Text(f"Stimulus {key} « {title} », vers : {to}", f"Stimulus {key} “{title}”, to: {to}")


def _shifted(content: Mapping[str, Any], _state: State) -> Text:
    minutes = round(float(content.get("seconds", 0)) / 60)
    if minutes >= 0:
        return Text(f"La suite est retardée de {minutes} min", f"What follows is put back by {minutes} min")
    return Text(f"La suite est avancée de {-minutes} min", f"What follows is brought forward by {-minutes} min")


def _decided(content: Mapping[str, Any], state: State) -> Text:
    decision = next((one for one in state.kit.decisions if one.id == content.get("decision")), None)
    option = next((one for one in decision.options if one.id == content.get("option")), None) if decision else None
    asked, taken = (decision.question if decision else ""), (option.label if option else "")
    return Text(f"Choix de l’animation : {asked} → {taken}", f"The facilitation chose: {asked} → {taken}")


def _interrupted(content: Mapping[str, Any], _state: State) -> Text:
    minutes = max(1, round(float(content.get("seconds", 0)) / 60))
    return Text(f"Interruption de {minutes} min environ", f"Interruption of about {minutes} min")


def _always(fr: str, en: str) -> Callable[[Mapping[str, Any], State], Text]:
    return lambda _content, _state: Text(fr, en)


_TOLD: Mapping[str, Callable[[Mapping[str, Any], State], Text]] = {
    "started": _always("DEBEX : début de l’exercice", "DEBEX: the exercise begins"),
    "paused": _always("Exercice en pause", "Exercise paused"),
    "resumed": _always("L’exercice reprend", "The exercise goes on"),
    "ended": _always("FINEX : fin de l’exercice", "FINEX: the exercise is over"),
    "played": _played,
    "shifted": _shifted,
    "decided": _decided,
    "interrupted": _interrupted,
}
