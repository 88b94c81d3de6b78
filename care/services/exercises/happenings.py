"""What happened to an exercise beside its stimuli, in one sentence each: remarks, pauses, outages, shifts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.store.exercises import ExerciseEvent
from scanners.model import Lang, Text

LATEST = 8
_LOOKED_AT = 200
"""Events read to find the latest that count: stimuli and observations are told elsewhere."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One line. `remark`: written by the facilitation for the debrief."""

    at: datetime
    by: str
    text: str
    remark: bool


def happenings(session: Session, exercise_id: int, lang: Lang, count: int = LATEST) -> tuple[Happening, ...]:
    """The latest, latest first, in the reader's language."""
    query = (
        select(ExerciseEvent.at, ExerciseEvent.by, ExerciseEvent.content)
        .where(ExerciseEvent.exercise_id == exercise_id)
        .order_by(ExerciseEvent.number.desc())
        .limit(_LOOKED_AT)
    )
    told = [(at, by, content) for at, by, content in session.execute(query) if content["what"] in _WORDS]
    return tuple(_happening(at, by, content, lang) for at, by, content in told[:count])


def _happening(at: datetime, by: str, content: Mapping[str, Any], lang: Lang) -> Happening:
    return Happening(at, by, _WORDS[content["what"]](content).render(lang), content["what"] == "noted")


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(abs(seconds)), 60)
    return (
        " ".join(part for part in (f"{minutes} min" if minutes else "", f"{rest} s" if rest else "") if part) or "0 s"
    )


def _noted(content: Mapping[str, Any]) -> Text:
    words = content["text"] or content["title"]
    return Text(words, words)


def _shifted(content: Mapping[str, Any]) -> Text:
    span = _minutes(content["seconds"])
    if content["seconds"] < 0:
        return Text(f"La suite a été avancée de {span}.", f"What follows was brought forward by {span}.")
    return Text(f"La suite a été décalée de {span}.", f"What follows was put back by {span}.")


def _interrupted(content: Mapping[str, Any]) -> Text:
    span = _minutes(content["seconds"])
    return Text(
        f"L’horloge n’a pas été tenue pendant {span} : CaRE était arrêté, ou l’heure de la machine a sauté.",
        f"Nobody kept the clock for {span}: CaRE was stopped, or the time of the machine jumped.",
    )


def _stepped(content: Mapping[str, Any]) -> Text:
    span = _minutes(content["elapsed"])
    return Text(
        f"L’heure de la machine a reculé ; l’horloge de l’exercice a continué à {span}.",
        f"The time of the machine went back; the exercise clock went on at {span}.",
    )


def _discounted(content: Mapping[str, Any]) -> Text:
    span = _minutes(content["seconds"])
    return Text(f"{span} d’interruption retirées de l’horloge.", f"{span} of interruption taken out of the clock.")


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], Text]] = {
    "started": lambda _content: Text("L’exercice a commencé (DEBEX).", "The exercise began (STARTEX)."),
    "paused": lambda _content: Text("L’exercice a été mis en pause.", "The exercise was paused."),
    "resumed": lambda _content: Text("L’exercice a repris.", "The exercise went on."),
    "ended": lambda _content: Text("L’exercice est terminé (FINEX).", "The exercise is over (ENDEX)."),
    "noted": _noted,
    "shifted": _shifted,
    "interrupted": _interrupted,
    "stepped": _stepped,
    "discounted": _discounted,
}
