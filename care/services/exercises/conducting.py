"""Conducting an exercise: the facilitator's commands, and the clock that goes on by itself.

An event is written in the transaction of what it causes (mails to send): after a crash either both are there or none.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.exercises import ExerciseStage, Seat
from care.services.errors import Refused
from care.services.exercises.memory import Room
from care.services.exercises.rooms import append, enter, exercise_row
from care.services.outbox import Letter, post
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.exercises import Exercise, ExerciseParticipant
from exercises.decide import Command, CommandError, Pulse, Tick, decide
from exercises.events import Ended, Event, Paused, Played, Resumed, Started
from exercises.kit import Channel, Stimulus
from exercises.state import Stage, State
from scanners.model import Text

log = logging.getLogger(__name__)

BANNER = "EXERCICE EXERCICE EXERCICE"
"""What every message of an exercise carries, in its subject and in its body."""
CLOCK = "horloge"
"""Who plays a stimulus when its time comes."""
PULSE_EVERY = timedelta(seconds=5)
"""How often the clock of an exercise is written down: well under the grace of the engine."""
STALE_AFTER = timedelta(minutes=5)
"""A stimulus by mail that is held up longer is not sent by itself any more: the exercise has gone on (our choice)."""
_OVER = Text(
    "Cet exercice est clos ou annulé : rien n’y change plus.",
    "This exercise is closed or cancelled: nothing changes in it any more.",
)
_TRAILED = {
    Started: "exercise.started",
    Paused: "exercise.paused",
    Resumed: "exercise.resumed",
    Ended: "exercise.ended",
}


def obey(platform: Platform, scope: Scope, exercise_id: int, command: Command) -> Room:
    """Do what the facilitation asks, now. Refused, in one sentence, when the engine does; NotFound, Forbidden."""
    return obey_all(platform, scope, exercise_id, lambda _state, _now: (command,))


def obey_all(
    platform: Platform, scope: Scope, exercise_id: int, commands: Callable[[State, datetime], Sequence[Command]]
) -> Room:
    """Do several things at once, or none of them: `commands` says which, from where the exercise stands at an instant
    when nobody else can change it. Each is decided on after the one before it."""
    with platform.database.write() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE, lock=True)
        if row.stage in (ExerciseStage.CLOSED, ExerciseStage.CANCELLED):
            raise Refused(_OVER)
        now = platform.clock.now()
        room = enter(session, platform.rooms, row)
        for command in commands(room.state, now):
            room = _obey(platform, session, scope, row, room, command, now)
        return room


def _obey(
    platform: Platform, session: Session, scope: Scope, row: Exercise, room: Room, command: Command, now: datetime
) -> Room:
    try:
        events = decide(room.state, command, now)
    except CommandError as error:
        raise Refused(Text(error.fr, error.en)) from error
    room = append(session, row, room, events, now, scope.actor)
    _follow(platform, session, row, room, events, now)
    for event in events:
        if type(event) in _TRAILED:
            thing = Thing("exercise", row.id, row.establishment_id)
            record(session, scope, _TRAILED[type(event)], thing, now)
    return room


def _follow(
    platform: Platform, session: Session, row: Exercise, room: Room, events: Iterable[Event], now: datetime
) -> None:
    """What events change beside themselves: the stage, the pulse, mails to send."""
    for event in events:
        if isinstance(event, Started):
            row.stage, row.started_at = ExerciseStage.LIVE, now
        elif isinstance(event, Ended):
            row.stage, row.ended_at = ExerciseStage.DEBRIEF, now
        elif isinstance(event, Played):
            _deliver(platform, session, row, room.state.slots[event.stimulus].stimulus)
    row.pulse_at, row.pulse_second = now, room.state.clock.at(now)


def _deliver(platform: Platform, session: Session, row: Exercise, stimulus: Stimulus) -> None:
    """A mail for each player of the cells who gave an address; the inboxes of the cells need nothing more."""
    if stimulus.channel is not Channel.MAIL:
        return
    players = session.scalars(
        select(ExerciseParticipant).where(
            ExerciseParticipant.exercise_id == row.id,
            ExerciseParticipant.seat == Seat.PLAYER,
            ExerciseParticipant.cell.in_(stimulus.to),
            ExerciseParticipant.mail != "",
        )
    )
    for player in players:
        letter = Letter(
            recipient=player.mail,
            subject=f"[{BANNER}] {stimulus.title}",
            body="\n\n".join([BANNER, stimulus.sender, stimulus.body, *_attached(stimulus), BANNER]),
            establishment_id=row.establishment_id,
            purpose_key=f"{mail_prefix(row.id)}{stimulus.id}:{player.id}",
            stale_after=STALE_AFTER,
        )
        post(platform, session, letter)


def _attached(stimulus: Stimulus) -> Iterable[str]:
    """Documents stay in the inbox of the cell: an exercise sends no file around."""
    if stimulus.attachments:
        yield f"Pièces jointes, dans la boîte de votre cellule : {', '.join(stimulus.attachments)}"


def mail_prefix(exercise_id: int) -> str:
    """How the purpose keys of an exercise's mails begin."""
    return f"exercise:{exercise_id}:"


@dataclass
class Conductor:
    """Keeps the clocks of the exercises that run. One a process; several are harmless: an event is written by whoever
    holds the exercise's row, and the other finds it done."""

    platform: Platform
    pulses: dict[int, Pulse] = field(default_factory=dict)
    written: dict[int, datetime] = field(default_factory=dict)

    def tick(self) -> None:
        """Play what is due in every exercise that runs, and note the time that each clock shows."""
        now = self.platform.clock.now()
        live = self._live()
        for exercise_id in self.pulses.keys() - live.keys():
            del self.pulses[exercise_id]
        for exercise_id, stored in live.items():
            pulse = self._latest(exercise_id, stored)
            room = self._look(exercise_id)
            if room.state.stage is Stage.RUNNING:
                self._advance(exercise_id, room, pulse, now)
        self._write_down(now)

    def _live(self) -> Mapping[int, Pulse | None]:
        with self.platform.database.read() as session:
            rows = session.execute(
                select(Exercise.id, Exercise.pulse_at, Exercise.pulse_second).where(
                    Exercise.stage == ExerciseStage.LIVE
                )
            )
            return {key: Pulse(at, second or 0.0) if at else None for key, at, second in rows}

    def _latest(self, exercise_id: int, stored: Pulse | None) -> Pulse | None:
        """The last tick: of this process, unless a command or another process noted a later one."""
        known = [one for one in (self.pulses.get(exercise_id), stored) if one is not None]
        return max(known, key=lambda one: one.at, default=None)

    def _look(self, exercise_id: int) -> Room:
        with self.platform.database.read() as session:
            return enter(session, self.platform.rooms, session.get_one(Exercise, exercise_id))

    def _advance(self, exercise_id: int, room: Room, pulse: Pulse | None, now: datetime) -> None:
        if decide(room.state, Tick(pulse), now):
            room = self._write(exercise_id, pulse, now)
        self.pulses[exercise_id] = Pulse(now, room.state.clock.at(now))

    def _write(self, exercise_id: int, pulse: Pulse | None, now: datetime) -> Room:
        """Decide again with the row locked: somebody may have paused, or played the same stimulus, in between."""
        platform = self.platform
        with platform.database.write() as session:
            row = session.get_one(Exercise, exercise_id, with_for_update=True)
            room = enter(session, platform.rooms, row)
            events = decide(room.state, Tick(pulse), now)
            room = append(session, row, room, events, now, CLOCK)
            _follow(platform, session, row, room, events, now)
            return room

    def _write_down(self, now: datetime) -> None:
        """The clocks, every few seconds, for whoever takes over after a crash."""
        due = {key: pulse for key, pulse in self.pulses.items() if self._stale(key, now)}
        if not due:
            return
        with self.platform.database.write() as session:
            for key, pulse in due.items():
                session.execute(
                    update(Exercise)
                    .where(Exercise.id == key, Exercise.stage == ExerciseStage.LIVE)
                    .values(pulse_at=pulse.at, pulse_second=pulse.elapsed)
                )
        self.written.update(dict.fromkeys(due, now))

    def _stale(self, exercise_id: int, now: datetime) -> bool:
        """Whether the clock was written down too long ago, or in a time that the machine's clock went back from."""
        at = self.written.get(exercise_id)
        return at is None or not timedelta(0) <= now - at < PULSE_EVERY
