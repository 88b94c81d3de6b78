"""What happened in an exercise, one sentence for each event: for the facilitation, the logbook and the debrief."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from exercises.events import (
    Decided,
    Discounted,
    Ended,
    Event,
    Interrupted,
    Noted,
    Paused,
    Played,
    Resumed,
    Shifted,
    Started,
    Stepped,
)
from exercises.state import State
from scanners.model import Text


def told(event: Event, state: State) -> Text | None:
    """The sentence of an event; None for those that a list of stimuli or of reactions tells better."""
    tell = _TOLD.get(type(event))
    return tell(event, state) if tell else None


def span(seconds: float) -> str:
    """A duration as people say it: `6 min`, `1 min 30 s`, `20 s`."""
    minutes, rest = divmod(round(abs(seconds)), 60)
    parts = [f"{minutes} min" if minutes else "", f"{rest} s" if rest else ""]
    return " ".join(part for part in parts if part) or "0 s"


def _always(fr: str, en: str) -> Callable[[Any, State], Text]:
    return lambda _event, _state: Text(fr, en)


def _played(event: Played, state: State) -> Text:
    slot = state.slots[event.stimulus]
    names = state.kit.cell_names
    to = ", ".join(names[cell] for cell in slot.stimulus.to)
    title = slot.stimulus.title
    return Text(f"Stimulus {event.stimulus} « {title} », vers : {to}", f"Stimulus {event.stimulus} “{title}”, to: {to}")


def _decided(event: Decided, state: State) -> Text:
    """A decision or an option that the kit does not know is told by its id: no page fails for it."""
    asked, taken = event.decision, event.option
    for fork in state.kit.decisions:
        if fork.id == event.decision:
            asked = fork.question
            taken = next((one.label for one in fork.options if one.id == event.option), event.option)
    return Text(f"Choix de l’animation : {asked} → {taken}", f"The facilitators chose: {asked} → {taken}")


def _shifted(event: Shifted, _state: State) -> Text:
    by = span(event.seconds)
    if event.seconds < 0:
        return Text(f"La suite a été avancée de {by}.", f"What follows was brought forward by {by}.")
    return Text(f"La suite a été décalée de {by}.", f"What follows was put back by {by}.")


def _interrupted(event: Interrupted, _state: State) -> Text:
    lasted = span(event.seconds)
    return Text(
        f"L’horloge n’a pas été tenue pendant {lasted} : CaRE était arrêté, ou l’heure de la machine a sauté.",
        f"Nobody kept the clock for {lasted}: CaRE was stopped, or the time of the machine jumped.",
    )


def _stepped(event: Stepped, _state: State) -> Text:
    at = span(event.elapsed)
    return Text(
        f"L’heure de la machine a reculé ; l’horloge de l’exercice a continué à {at}.",
        f"The time of the machine went back; the exercise clock went on at {at}.",
    )


def _discounted(event: Discounted, _state: State) -> Text:
    by = span(event.seconds)
    return Text(f"{by} d’interruption retirées de l’horloge.", f"{by} of interruption taken out of the clock.")


def _noted(event: Noted, _state: State) -> Text:
    words = event.text or event.title
    return Text(words, words)


_TOLD: Mapping[type[Event], Callable[[Any, State], Text]] = {
    Started: _always("L’exercice a commencé (DEBEX).", "The exercise began (STARTEX)."),
    Paused: _always("L’exercice a été mis en pause.", "The exercise was paused."),
    Resumed: _always("L’exercice a repris.", "The exercise went on."),
    Ended: _always("L’exercice est terminé (FINEX).", "The exercise is over (ENDEX)."),
    Played: _played,
    Decided: _decided,
    Shifted: _shifted,
    Interrupted: _interrupted,
    Stepped: _stepped,
    Discounted: _discounted,
    Noted: _noted,
}
