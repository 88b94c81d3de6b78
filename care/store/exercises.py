"""Crisis exercises: kits brought in, exercises with their events, who takes part, what is said, the debrief; logbooks.

What happened in an exercise is `exercise_event`, never changed; where it stands is their fold (`exercises.state`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, SmallInteger, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.exercises import (
    EntryKind,
    ExerciseStage,
    GuestAnswer,
    GuestRole,
    LessonKind,
    MessageKind,
    Round,
    Seat,
)
from care.store.base import Base, Id, text_enum


class ExerciseKit(Base):
    """A kit brought in by people, beside those shipped. Without an establishment it serves all of them.

    `content` is `kit.yaml`, `booklets` their Markdown by reader, `documents` their names, SHA-256 and sizes.
    """

    __tablename__ = "exercise_kit"
    __table_args__ = (UniqueConstraint("establishment_id", "kit", "kit_version"),)

    id: Mapped[Id]
    establishment_id: Mapped[int | None] = mapped_column(ForeignKey("establishment.id"))
    kit: Mapped[str] = mapped_column(String(60))
    kit_version: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(200))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    booklets: Mapped[dict[str, str]] = mapped_column(JSON)
    documents: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    imported_at: Mapped[datetime]
    imported_by: Mapped[str] = mapped_column(String(200))
    withdrawn_at: Mapped[datetime | None]


class Exercise(Base):
    """One exercise of one establishment, made from a kit and its own from then on.

    `content`, `booklets` and `documents` are those of the kit, changed at will before DEBEX; `words` are the
    establishment's own for its variables. `test_id` is the continuity test it counts as, with what decides of its
    eligibility. `code` is what people type to come in, before their PIN. `last_event` numbers its events: who writes
    one holds this row and takes the next number. `pulse_at` and `pulse_second` are the last tick of its clock. `result`
    keeps the figures of the debrief once it is closed. `content` and `booklets` are read when asked for: hundreds of
    kilobytes that a page of somebody who sits does not need.
    """

    __tablename__ = "exercise"
    __table_args__ = (
        Index("ix_exercise_establishment_id_planned_at", "establishment_id", "planned_at"),
        Index("ix_exercise_stage", "stage"),
    )

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("regional_campaign.id"), index=True)
    test_id: Mapped[int] = mapped_column(ForeignKey("continuity_test.id"), unique=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    kit: Mapped[str] = mapped_column(String(60))
    kit_version: Mapped[str] = mapped_column(String(12))
    content: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    booklets: Mapped[dict[str, str]] = mapped_column(JSON, deferred=True)
    documents: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    words: Mapped[dict[str, str]] = mapped_column(JSON)
    planned_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(200), default="")
    director: Mapped[str] = mapped_column(String(200), default="")
    stage: Mapped[ExerciseStage] = mapped_column(text_enum(ExerciseStage))
    last_event: Mapped[int] = mapped_column(default=0)
    pulse_at: Mapped[datetime | None]
    pulse_second: Mapped[float | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class ExerciseEvent(Base):
    """One event of an exercise (`exercises.events`). `hash` covers it and the event before it."""

    __tablename__ = "exercise_event"

    exercise_id: Mapped[int] = mapped_column(ForeignKey("exercise.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(200))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    hash: Mapped[str] = mapped_column(String(64))


class ExerciseSeat(Base):
    """A way in without an account: the code of a cell, of the observers, of the screen of the room.

    `sealed` holds the PIN and the token of the QR, encrypted, so that a badge can be printed again; `token_hash` finds
    the seat of a QR, the PIN is compared with those of one exercise.
    """

    __tablename__ = "exercise_seat"
    __table_args__ = (UniqueConstraint("exercise_id", "seat", "cell"),)

    id: Mapped[Id]
    exercise_id: Mapped[int] = mapped_column(ForeignKey("exercise.id"))
    seat: Mapped[Seat] = mapped_column(text_enum(Seat))
    cell: Mapped[str] = mapped_column(String(40), default="")
    sealed: Mapped[bytes]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)


class ExerciseParticipant(Base):
    """Someone who took a seat. `token_hash` is that of his cookie; `mail` receives stimuli when he gave one.

    `left_at` is when he gave it up, or when the facilitation closed it (`put_out`): who was put out took no part.
    `written` counts what came from this seat.
    """

    __tablename__ = "exercise_participant"
    __table_args__ = (Index("ix_exercise_participant_exercise_id_cell", "exercise_id", "cell"),)

    id: Mapped[Id]
    exercise_id: Mapped[int] = mapped_column(ForeignKey("exercise.id"))
    seat: Mapped[Seat] = mapped_column(text_enum(Seat))
    cell: Mapped[str] = mapped_column(String(40), default="")
    name: Mapped[str] = mapped_column(String(200))
    function: Mapped[str] = mapped_column(String(200), default="")
    mail: Mapped[str] = mapped_column(String(320), default="")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    joined_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    put_out: Mapped[bool] = mapped_column(default=False, server_default=false())
    written: Mapped[int] = mapped_column(default=0, server_default="0")


class ExerciseMessage(Base):
    """What a cell or the facilitation says during the exercise. `key` comes from the device: a message sent twice, or
    again after an hour offline, is recorded once."""

    __tablename__ = "exercise_message"
    __table_args__ = (
        UniqueConstraint("exercise_id", "key"),
        Index("ix_exercise_message_exercise_id_cell", "exercise_id", "cell"),
    )

    id: Mapped[Id]
    exercise_id: Mapped[int] = mapped_column(ForeignKey("exercise.id"))
    cell: Mapped[str] = mapped_column(String(40))
    kind: Mapped[MessageKind] = mapped_column(text_enum(MessageKind))
    stimulus: Mapped[str | None] = mapped_column(String(6))
    reply_to: Mapped[int | None] = mapped_column(ForeignKey("exercise_message.id"))
    author: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    key: Mapped[str] = mapped_column(String(64))


class ExerciseMark(Base):
    """What one observer marked of one criterion of the grid in one cell, 0 to 3. Marks again replace his own."""

    __tablename__ = "exercise_mark"

    exercise_id: Mapped[int] = mapped_column(ForeignKey("exercise.id"), primary_key=True)
    criterion: Mapped[str] = mapped_column(String(40), primary_key=True)
    cell: Mapped[str] = mapped_column(String(40), primary_key=True)
    observer: Mapped[str] = mapped_column(String(200), primary_key=True)
    mark: Mapped[int] = mapped_column(SmallInteger)
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]


class ExerciseAnswer(Base):
    """One questionnaire filled in. Nothing tells who did; `key` comes from the device and counts it once."""

    __tablename__ = "exercise_answer"
    __table_args__ = (UniqueConstraint("exercise_id", "round", "key"),)

    id: Mapped[Id]
    exercise_id: Mapped[int] = mapped_column(ForeignKey("exercise.id"))
    round: Mapped[Round] = mapped_column(text_enum(Round))
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class ExerciseStep(Base):
    """Where one item of the preparation stands (go / no-go per step of the method)."""

    __tablename__ = "exercise_step"

    exercise_id: Mapped[int] = mapped_column(ForeignKey("exercise.id"), primary_key=True)
    item: Mapped[str] = mapped_column(String(64), primary_key=True)
    done: Mapped[bool]
    note: Mapped[str] = mapped_column(String(300), default="")
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))


class ExerciseGuest(Base):
    """Someone invited. `sealed` holds the token of his link, encrypted, so that a second letter carries the same one;
    `token_hash` finds him. `letters` counts the invitations sent: it makes the key of the next one."""

    __tablename__ = "exercise_guest"

    id: Mapped[Id]
    exercise_id: Mapped[int] = mapped_column(ForeignKey("exercise.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    function: Mapped[str] = mapped_column(String(200), default="")
    mail: Mapped[str] = mapped_column(String(320), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    role: Mapped[GuestRole] = mapped_column(text_enum(GuestRole))
    cell: Mapped[str] = mapped_column(String(40), default="")
    sealed: Mapped[bytes]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    letters: Mapped[int] = mapped_column(default=0)
    invited_at: Mapped[datetime | None]
    answer: Mapped[GuestAnswer | None] = mapped_column(text_enum(GuestAnswer))
    answered_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class ExerciseCheck(Base):
    """The trial of one channel before the exercise, with one guest or, without, once for all (the screen of the room).

    `letters` counts the trial mails sent; `confirmed_at` is when somebody said that it arrived."""

    __tablename__ = "exercise_check"
    __table_args__ = (UniqueConstraint("exercise_id", "channel", "guest_id"),)

    id: Mapped[Id]
    exercise_id: Mapped[int] = mapped_column(ForeignKey("exercise.id"))
    channel: Mapped[str] = mapped_column(String(8))
    guest_id: Mapped[int | None] = mapped_column(ForeignKey("exercise_guest.id"))
    letters: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str] = mapped_column(String(200), default="")


class ExerciseLesson(Base):
    """A lesson of the debrief; the action that came of it, if any."""

    __tablename__ = "exercise_lesson"

    id: Mapped[Id]
    exercise_id: Mapped[int] = mapped_column(ForeignKey("exercise.id"), index=True)
    kind: Mapped[LessonKind] = mapped_column(text_enum(LessonKind))
    text: Mapped[str] = mapped_column(Text)
    objective: Mapped[str] = mapped_column(String(40), default="")
    cell: Mapped[str] = mapped_column(String(40), default="")
    action_id: Mapped[int | None] = mapped_column(ForeignKey("action.id"), index=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))


class MaturityAnswer(Base):
    """An answer to one question of the crisis-maturity self-assessment; the last one of a question counts. `score` is 0
    to 3, none for what does not apply. `exercise_id` is the exercise that showed it."""

    __tablename__ = "maturity_answer"
    __table_args__ = (Index("ix_maturity_answer_establishment_id_question", "establishment_id", "question"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    question: Mapped[str] = mapped_column(String(8))
    score: Mapped[int | None] = mapped_column(SmallInteger)
    note: Mapped[str] = mapped_column(Text, default="")
    exercise_id: Mapped[int | None] = mapped_column(ForeignKey("exercise.id"))
    answered_at: Mapped[datetime]
    answered_by: Mapped[str] = mapped_column(String(200))


class Logbook(Base):
    """A logbook (main courante), of an exercise or of a real crisis."""

    __tablename__ = "logbook"
    __table_args__ = (Index("ix_logbook_establishment_id_opened_at", "establishment_id", "opened_at"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    exercise_id: Mapped[int | None] = mapped_column(ForeignKey("exercise.id"), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(200))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(String(200), default="")
    last_entry: Mapped[int] = mapped_column(default=0)


class LogEntry(Base):
    """A line of a logbook, never changed: a correction is a line that names the one it corrects.

    `happened_at` is when it happened, `at` when it was written. `hash` covers it and the line before it."""

    __tablename__ = "log_entry"
    __table_args__ = (UniqueConstraint("logbook_id", "key"),)

    logbook_id: Mapped[int] = mapped_column(ForeignKey("logbook.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[EntryKind] = mapped_column(text_enum(EntryKind))
    text: Mapped[str] = mapped_column(Text)
    cell: Mapped[str] = mapped_column(String(40), default="")
    corrects: Mapped[int | None]
    happened_at: Mapped[datetime]
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
