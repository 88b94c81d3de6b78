"""What the facilitation does beside the commands of the engine: choices about what is late, stimuli of its own, words
to the cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.exercises import MAX_KEY, MessageKind
from care.services.errors import Invalid, NotFound, Refused
from care.services.exercises.conducting import obey, obey_all
from care.services.exercises.directing import lateness
from care.services.exercises.playing import MAX_BODY, Said, said_of
from care.services.exercises.rooms import cell_names, exercise_row
from care.services.platform import Platform
from care.services.typed_texts import lines_of
from care.store.exercises import Exercise, ExerciseMessage
from care.store.upsert import insert_missing
from exercises.decide import Add, Command, Discount, Observe, Play, Shift
from exercises.events import Verdict
from exercises.kit import LONGEST_MINUTES, MAX_STIMULI, Channel, Stimulus
from exercises.state import State
from scanners.model import Text

THREAD = 60
"""Messages of a cell shown together, the latest ones."""


class When(StrEnum):
    """When a stimulus of the facilitation's own is to be played."""

    NOW = "now"
    AT = "at"
    RESERVE = "reserve"


@dataclass(frozen=True, slots=True)
class Impromptu:
    """A stimulus that the kit does not hold. `minute` of the exercise clock counts only for AT."""

    sender: str
    cells: tuple[str, ...]
    channel: Channel
    title: str
    body: str
    when: When = When.NOW
    minute: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody saw of an expected reaction, so many minutes ago (of the wall): None for now, or for the time known
    already when the verdict is the same. `key` is taken once."""

    reaction: str
    verdict: Verdict
    note: str = ""
    minutes_ago: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Speech:
    """Words to some cells; `question` is the message they answer. Sent again with the same `key`, they count once."""

    cells: tuple[str, ...]
    body: str
    key: str
    question: int | None = None


def shift_by_lateness(platform: Platform, scope: Scope, exercise_id: int) -> None:
    """Move what is to come by as much as the oldest held stimulus is overdue: each keeps its distance to the others.
    Refused when nothing is late any more."""

    def commands(state: State, now: datetime) -> Sequence[Command]:
        late = lateness(state, state.clock.at(now))
        if not late:
            raise Refused(_NOTHING_LATE)
        return (Shift(late),)

    obey_all(platform, scope, exercise_id, commands)


def discount_interruption(platform: Platform, scope: Scope, exercise_id: int) -> None:
    """Take the time during which nobody kept the clock out of it. Refused once something was done about it."""

    def commands(state: State, now: datetime) -> Sequence[Command]:
        if not state.interrupted:
            raise Refused(_NO_INTERRUPTION)
        return (Discount(state.interrupted),)

    obey_all(platform, scope, exercise_id, commands)


_NOTHING_LATE = Text(
    "Plus rien n’est en retard : quelqu’un a déjà choisi.", "Nothing is late any more: somebody has chosen already."
)
_NO_INTERRUPTION = Text(
    "Il n’y a plus d’interruption à retirer : quelqu’un a déjà choisi.",
    "There is no interruption to take out any more: somebody has chosen already.",
)


def observe(platform: Platform, scope: Scope, exercise_id: int, seen: Seen) -> None:
    """Say what was seen of an expected reaction; the last word counts. Invalid, Refused, NotFound, Forbidden."""
    ago = seen.minutes_ago
    if ago is not None and not 0 <= ago <= LONGEST_MINUTES:
        words = Text(f"Entre 0 et {LONGEST_MINUTES} minutes.", f"Between 0 and {LONGEST_MINUTES} minutes.")
        raise Invalid({"minutes_ago": words})
    at = None if ago is None else platform.clock.now() - timedelta(minutes=ago)
    obey(
        platform, scope, exercise_id, Observe(seen.reaction, seen.verdict, at, lines_of(seen.note), seen.key[:MAX_KEY])
    )


def improvise(platform: Platform, scope: Scope, exercise_id: int, draft: Impromptu) -> str:
    """Bring a stimulus of the facilitation's own, and play it when it is for now; its id. Invalid by field, Refused."""
    made: list[str] = []

    def commands(state: State, now: datetime) -> Sequence[Command]:
        one = _stimulus(draft, _free_id(state))
        made[:] = [one.id]
        return (Add(one), Play(one.id)) if draft.when is When.NOW else (Add(one),)

    obey_all(platform, scope, exercise_id, commands)
    return made[0]


def _free_id(state: State) -> str:
    return next(key for n in range(1, MAX_STIMULI + 2) if (key := f"I{n:02}") not in state.slots)


def _stimulus(draft: Impromptu, key: str) -> Stimulus:
    try:
        return Stimulus(
            id=key,
            at=draft.minute if draft.when is When.AT else None,
            sender=draft.sender,
            to=draft.cells,
            channel=draft.channel,
            title=draft.title,
            body=draft.body,
        )
    except ValidationError as error:
        names = [str(fault["loc"][0]) for fault in error.errors()]
        raise Invalid({_FIELDS.get(name, name): _BOUNDS[name] for name in names}) from error


_FIELDS = {"to": "cells", "at": "minute"}
_BOUNDS: Mapping[str, Text] = {
    "at": Text(
        f"Une minute de l’exercice, de 0 à {LONGEST_MINUTES}.", f"A minute of the exercise, 0 to {LONGEST_MINUTES}."
    ),
    "sender": Text("Dites qui parle, en 200 signes au plus.", "Say who speaks, in 200 characters at most."),
    "to": Text("Choisissez au moins une cellule.", "Choose at least one cell."),
    "title": Text("Un titre de 1 à 200 signes.", "A title of 1 to 200 characters."),
    "body": Text("Un texte de 1 à 20 000 signes.", "A text of 1 to 20,000 characters."),
}


def say(platform: Platform, scope: Scope, exercise_id: int, words: Speech) -> None:
    """What the facilitation tells some cells, in answer to a question or by itself. Refused when somebody answered the
    question before, with what he said; Invalid, NotFound, Forbidden."""
    body = lines_of(words.body)
    with platform.database.write() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE, lock=True)
        cells = _cells_of(session, row, words)
        if not cells or not set(cells) <= set(cell_names(row)):
            raise Invalid({"cells": _BOUNDS["to"]})
        if not 0 < len(body) <= MAX_BODY:
            bounds = Text(f"Un texte de 1 à {MAX_BODY} signes.", f"A text of 1 to {MAX_BODY} characters.")
            raise Invalid({"body": bounds})
        if not words.key or any(len(f"{words.key}:{cell}") > MAX_KEY for cell in cells):
            raise Invalid({"key": Text("Rechargez la page.", "Load the page again.")})
        for cell in cells:
            insert_missing(
                session,
                ExerciseMessage,
                exercise_id=row.id,
                cell=cell,
                kind=MessageKind.FACILITATION,
                stimulus=None,
                reply_to=words.question,
                author=scope.name or scope.actor,
                body=body,
                at=platform.clock.now(),
                key=f"{words.key}:{cell}",
            )


def _cells_of(session: Session, row: Exercise, words: Speech) -> tuple[str, ...]:
    """Whom words are for: the cell of the question they answer, once."""
    if words.question is None:
        return words.cells
    asked = session.get(ExerciseMessage, words.question)
    if asked is None or asked.exercise_id != row.id or asked.kind is not MessageKind.QUESTION:
        raise NotFound(Text("Cette question n’existe pas.", "There is no such question."))
    other = session.scalars(select(ExerciseMessage).where(ExerciseMessage.reply_to == asked.id)).first()
    if other is not None and other.key != f"{words.key}:{asked.cell}":
        raise Refused(
            Text(
                f"{other.author} a déjà répondu : « {other.body[:200]} ». Votre texte est toujours là.",
                f"{other.author} has answered already: “{other.body[:200]}”. Your text is still there.",
            )
        )
    return (asked.cell,)


def thread_of(platform: Platform, scope: Scope, exercise_id: int, cell: str) -> tuple[Said, ...]:
    """What was said in a cell lately, oldest first. NotFound, Forbidden."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        query = (
            select(ExerciseMessage)
            .where(ExerciseMessage.exercise_id == row.id, ExerciseMessage.cell == cell)
            .order_by(ExerciseMessage.id.desc())
            .limit(THREAD)
        )
        return tuple(said_of(one) for one in reversed(session.scalars(query).all()))
