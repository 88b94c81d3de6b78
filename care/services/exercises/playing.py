"""What players see and say: the inbox of their cell, their answers and questions, what the facilitation tells them."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from care.domain.exercises import MAX_KEY, MessageKind, Seat
from care.services.errors import Invalid, NotFound, Refused
from care.services.exercises.conducting import BANNER
from care.services.exercises.papers import fitted_document
from care.services.exercises.rooms import enter, in_own_words, light_row
from care.services.exercises.seats import Sitting, count_written
from care.services.platform import Platform
from care.services.typed_texts import lines_of
from care.store.exercises import Exercise, ExerciseMessage
from care.store.upsert import insert_missing
from exercises.kit import ACTED, LONGEST_MINUTES, Booklet, Channel
from exercises.state import Slot, Stage, Standing, State
from scanners.model import Text

PLAYED_IN = frozenset({Stage.RUNNING, Stage.PAUSED})
"""While the exercise lasts: between DEBEX and FINEX."""
MAX_BODY = 5_000
SAID = 300
"""Messages of a cell shown together: more than a cell writes in a day; a script that floods it slows no page down."""
LONGEST_AGO = 86_400.0 + LONGEST_MINUTES * 60.0
"""The longest exercise and a day, in seconds: seats close a day after the end."""
_NO_CELL = Text(
    "Votre cellule ne fait plus partie de l’exercice : demandez un autre badge à l’animation.",
    "Your cell is not part of the exercise any more: ask the facilitators for another badge.",
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document that came with a stimulus."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Received:
    """A stimulus that reached a cell. `body` is Markdown; `second` is that of the exercise clock. `title` and `body`
    are empty when somebody acted it."""

    id: str
    title: str
    sender: str
    channel: Channel
    body: str
    at: datetime
    second: float
    attachments: tuple[Attachment, ...]

    @property
    def acted(self) -> bool:
        """Whether a facilitator called or came."""
        return self.channel in ACTED


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
    """What a cell has before it. `number` and `last_message` tell whether anything is new since. `said` are the last
    messages, or the last before the message `before`; `older` is the first of them when there are others before, else
    0."""

    exercise_id: int
    title: str
    cell: str
    mission: str
    planned_at: datetime
    place: str
    stage: Stage
    second: float
    number: int
    last_message: int
    received: tuple[Received, ...]
    said: tuple[Said, ...]
    before: int = 0
    older: int = 0

    @property
    def open(self) -> bool:
        """Whether the cell may write."""
        return self.stage in PLAYED_IN

    @property
    def talk(self) -> tuple[Said, ...]:
        """What the cell asked, and what the facilitation told it."""
        return tuple(one for one in self.said if one.kind is not MessageKind.ANSWER)

    def about(self, stimulus: str) -> tuple[Said, ...]:
        """What was said of one stimulus."""
        return tuple(one for one in self.said if one.stimulus == stimulus)


@dataclass(frozen=True, slots=True)
class Message:
    """What a player writes. `key` comes from his device: sent again after an hour offline, it is recorded once. `ago`
    is how long ago he wrote it, in seconds."""

    body: str
    key: str
    stimulus: str | None = None
    ago: float = 0.0


def inbox(platform: Platform, who: Sitting, before: int = 0) -> Inbox:
    """The inbox of the cell of a player, the latest stimulus first; the messages `before` one, or the last ones.
    NotFound when the cell was removed meanwhile."""
    now = platform.clock.now()
    with platform.database.read() as session:
        row = light_row(session, who.exercise_id)
        room = enter(session, platform.rooms, row)
        told, older = _last_said(session, row.id, who.cell, before)
        cell = next((one for one in room.state.kit.cells if one.id == who.cell), None)
        if cell is None:
            raise NotFound(_NO_CELL)
        return Inbox(
            exercise_id=row.id,
            title=row.title,
            cell=cell.name,
            mission=cell.mission,
            planned_at=row.planned_at,
            place=row.place,
            stage=room.state.stage,
            second=room.state.clock.at(now),
            number=room.number,
            last_message=session.scalars(_last_message(who)).one() or 0,
            received=tuple(received_of(slot, row) for slot in _reached(room.state, who.cell)),
            said=told,
            before=before,
            older=older,
        )


def _last_said(session: Session, exercise_id: int, cell: str, before: int) -> tuple[tuple[Said, ...], int]:
    here = ExerciseMessage.exercise_id == exercise_id, ExerciseMessage.cell == cell
    query = select(ExerciseMessage).where(*here).order_by(ExerciseMessage.id.desc()).limit(SAID + 1)
    rows = session.scalars(query.where(ExerciseMessage.id < before) if before else query).all()
    told = tuple(said_of(row) for row in reversed(rows[:SAID]))
    return told, told[0].id if len(rows) > SAID else 0


def _last_message(who: Sitting) -> Select[int | None]:
    return select(func.max(ExerciseMessage.id)).where(
        ExerciseMessage.exercise_id == who.exercise_id, ExerciseMessage.cell == who.cell
    )


def standing(platform: Platform, who: Sitting) -> tuple[int, int]:
    """The numbers of the last event and of the last message of his cell: what `inbox` says only changes with them."""
    with platform.database.read() as session:
        event = session.scalars(select(Exercise.last_event).where(Exercise.id == who.exercise_id)).one()
        return event, session.scalars(_last_message(who)).one() or 0


def booklet(platform: Platform, who: Sitting) -> tuple[str, str]:
    """The title of the exercise and the booklet (Markdown) that goes with this seat, in the establishment's words."""
    name = Booklet.OBSERVERS if who.seat is Seat.OBSERVER else Booklet.PLAYERS
    with platform.database.read() as session:
        row = session.get_one(Exercise, who.exercise_id)
        return row.title, in_own_words(row, row.booklets.get(name, ""))


def document(platform: Platform, who: Sitting, name: str) -> bytes:
    """A document that came with a stimulus which reached this cell, or, for an observer, any cell. NotFound for every
    other: what is still to come must not be guessed."""
    with platform.database.read() as session:
        row = light_row(session, who.exercise_id)
        state = enter(session, platform.rooms, row).state
        played = (slot for slot in state.slots.values() if slot.standing is Standing.PLAYED)
        mine = [one.stimulus for one in played if who.seat is not Seat.PLAYER or who.cell in one.stimulus.to]
        if not any(name in one.attachments for one in mine):
            raise NotFound
        return fitted_document(platform, row, name)


def _reached(state: State, cell: str) -> list[Slot]:
    found = [s for s in state.slots.values() if s.standing is Standing.PLAYED and cell in s.stimulus.to]
    return sorted(found, key=lambda slot: (slot.played_second or 0.0, slot.order), reverse=True)


def received_of(slot: Slot, row: Exercise) -> Received:
    """A stimulus as it reached people."""
    one, files = slot.stimulus, {file["name"]: file for file in row.documents}
    acted = one.channel in ACTED
    return Received(
        id=one.id,
        title="" if acted else one.title,
        sender=one.sender,
        channel=one.channel,
        body="" if acted else one.body.removeprefix(BANNER).lstrip(),
        at=slot.played_at or row.changed_at,
        second=slot.played_second or 0.0,
        attachments=tuple(
            Attachment(name, files[name]["sha256"], files[name]["size"]) for name in one.attachments if name in files
        ),
    )


def messages_of(session: Session, exercise_id: int) -> tuple[Said, ...]:
    """What was said in all cells, in the order in which it arrived."""
    query = select(ExerciseMessage).where(ExerciseMessage.exercise_id == exercise_id).order_by(ExerciseMessage.id)
    return tuple(said_of(row) for row in session.scalars(query))


def said_of(row: ExerciseMessage) -> Said:
    """A message as pages show it."""
    return Said(row.id, row.kind, row.cell, row.stimulus, row.reply_to, row.author, row.body, row.at)


def answer(platform: Platform, who: Sitting, message: Message) -> None:
    """Say what the cell does about a stimulus, or ask something when none is named. Refused when it was written before
    DEBEX or after FINEX; Invalid when there is nothing to say, or about a stimulus that did not reach this cell."""
    now = platform.clock.now()
    written = now - timedelta(seconds=min(message.ago, LONGEST_AGO))
    with platform.database.write() as session:
        row = light_row(session, who.exercise_id)
        if _known(session, row.id, message.key):
            return
        state = enter(session, platform.rooms, row).state
        if not _on(state, written):
            raise Refused(_NOT_NOW)
        _check(message, {slot.stimulus.id for slot in _reached(state, who.cell)})
        count_written(session, who)
        kind = MessageKind.QUESTION if message.stimulus is None else MessageKind.ANSWER
        _write(session, row.id, who.cell, kind, message, who.name, written)


def _known(session: Session, exercise_id: int, key: str) -> bool:
    query = select(ExerciseMessage.id).where(ExerciseMessage.exercise_id == exercise_id, ExerciseMessage.key == key)
    return session.scalars(query).one_or_none() is not None


def _on(state: State, written: datetime) -> bool:
    """Whether the exercise was on when a message was written: a phone may have been out of reach at its end."""
    if state.started_at is None or state.ended_at is None:
        return state.stage in PLAYED_IN
    return state.started_at <= written < state.ended_at


_NOT_NOW = Text(
    "L’exercice n’est pas en cours : gardez votre message, ou dites-le à l’animateur.",
    "The exercise is not under way: keep your message, or tell the facilitator.",
)


def _check(message: Message, stimuli: Container[str]) -> None:
    if not 0 < len(lines_of(message.body)) <= MAX_BODY:
        raise Invalid({"body": Text(f"Un texte de 1 à {MAX_BODY} signes.", f"A text of 1 to {MAX_BODY} characters.")})
    if not 0 < len(message.key) <= MAX_KEY:
        raise Invalid({"key": Text("Rechargez la page.", "Load the page again.")})
    if message.stimulus is not None and message.stimulus not in stimuli:
        raise Invalid({"stimulus": Text("Ce stimulus n’existe pas.", "There is no such stimulus.")})


def _write(
    session: Session,
    exercise_id: int,
    cell: str,
    kind: MessageKind,
    message: Message,
    author: str,
    at: datetime,
) -> None:
    insert_missing(
        session,
        ExerciseMessage,
        exercise_id=exercise_id,
        cell=cell,
        kind=kind,
        stimulus=message.stimulus,
        author=author,
        body=lines_of(message.body),
        at=at,
        key=message.key,
    )
