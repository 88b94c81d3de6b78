"""What players see and say: the inbox of their cell, their answers and questions, what the facilitation tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.exercises import MessageKind
from care.services.errors import Invalid, Refused
from care.services.exercises.rooms import enter
from care.services.exercises.seats import Sitting
from care.services.platform import Platform
from care.store.exercises import Exercise, ExerciseMessage
from care.store.upsert import insert_missing
from exercises.kit import Channel
from exercises.state import Slot, Stage, Standing, State
from scanners.model import Text

MAX_BODY = 5_000
MAX_KEY = 64


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document that came with a stimulus."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Received:
    """A stimulus that reached a cell. `body` is Markdown; `second` is that of the exercise clock."""

    id: str
    title: str
    sender: str
    channel: Channel
    body: str
    at: datetime
    second: float
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a cell or of the facilitation."""

    id: int
    kind: MessageKind
    cell: str
    stimulus: str | None
    reply_to: int | None
    author: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Inbox:
    """What a cell has before it. `number` and `last_message` tell whether anything is new since."""

    title: str
    cell: str
    mission: str
    stage: Stage
    second: float
    number: int
    last_message: int
    received: tuple[Received, ...]
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """What a player writes. `key` comes from his device: sent again after an hour offline, it is recorded once."""

    body: str
    key: str
    stimulus: str | None = None


def inbox(platform: Platform, who: Sitting) -> Inbox:
    """The inbox of the cell of a player, the latest stimulus first."""
    now = platform.clock.now()
    with platform.database.read() as session:
        row = session.get_one(Exercise, who.exercise_id)
        room = enter(session, platform.rooms, row)
        said = messages_of(session, row.id, who.cell)
        cell = next(one for one in room.state.kit.cells if one.id == who.cell)
        return Inbox(
            title=row.title,
            cell=cell.name,
            mission=cell.mission,
            stage=room.state.stage,
            second=room.state.clock.at(now),
            number=room.number,
            last_message=said[-1].id if said else 0,
            received=tuple(_received(slot, row) for slot in _reached(room.state, who.cell)),
            said=said,
        )


def _reached(state: State, cell: str) -> list[Slot]:
    found = [s for s in state.slots.values() if s.standing is Standing.PLAYED and cell in s.stimulus.to]
    return sorted(found, key=lambda slot: (slot.played_second or 0.0, slot.order), reverse=True)


def _received(slot: Slot, row: Exercise) -> Received:
    one, files = slot.stimulus, {file["name"]: file for file in row.documents}
    return Received(
        id=one.id,
        title=one.title,
        sender=one.sender,
        channel=one.channel,
        body=one.body,
        at=slot.played_at or row.changed_at,
        second=slot.played_second or 0.0,
        attachments=tuple(
            Attachment(name, files[name]["sha256"], files[name]["size"]) for name in one.attachments if name in files
        ),
    )


def messages_of(session: Session, exercise_id: int, cell: str | None = None) -> tuple[Said, ...]:
    """What was said in a cell, or in all of them, in the order in which it arrived."""
    query = select(ExerciseMessage).where(ExerciseMessage.exercise_id == exercise_id).order_by(ExerciseMessage.id)
    if cell is not None:
        query = query.where(ExerciseMessage.cell == cell)
    return tuple(said_of(row) for row in session.scalars(query))


def said_of(row: ExerciseMessage) -> Said:
    """A message as pages show it."""
    return Said(row.id, row.kind, row.cell, row.stimulus, row.reply_to, row.author, row.body, row.at)


def answer(platform: Platform, who: Sitting, message: Message) -> None:
    """Say what the cell does about a stimulus, or ask something when none is named. Refused before DEBEX and after
    FINEX; Invalid when there is nothing to say."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = session.get_one(Exercise, who.exercise_id)
        state = enter(session, platform.rooms, row).state
        if state.stage not in (Stage.RUNNING, Stage.PAUSED):
            raise Refused(_NOT_NOW)
        _check(message, state)
        kind = MessageKind.QUESTION if message.stimulus is None else MessageKind.ANSWER
        _write(session, row.id, who.cell, kind, message, who.name, now)


_NOT_NOW = Text(
    "L’exercice n’est pas en cours : gardez votre message, ou dites-le à l’animateur.",
    "The exercise is not under way: keep your message, or tell the facilitator.",
)


def _check(message: Message, state: State) -> None:
    if not 0 < len(message.body.strip()) <= MAX_BODY:
        raise Invalid({"body": Text(f"Un texte de 1 à {MAX_BODY} signes.", f"A text of 1 to {MAX_BODY} characters.")})
    if not 0 < len(message.key) <= MAX_KEY:
        raise Invalid({"key": Text("Rechargez la page.", "Load the page again.")})
    if message.stimulus is not None and message.stimulus not in state.slots:
        raise Invalid({"stimulus": Text("Ce stimulus n’existe pas.", "There is no such stimulus.")})


def _write(
    session: Session,
    exercise_id: int,
    cell: str,
    kind: MessageKind,
    message: Message,
    author: str,
    at: datetime,
    reply_to: int | None = None,
) -> None:
    insert_missing(
        session,
        ExerciseMessage,
        exercise_id=exercise_id,
        cell=cell,
        kind=kind,
        stimulus=message.stimulus,
        reply_to=reply_to,
        author=author,
        body=message.body.strip(),
        at=at,
        key=message.key,
    )
