"""Conducting an exercise: the facilitator's commands, and the clock that goes on by itself.

An event is written in the transaction of what it causes (mails to send): after a crash either both are there or none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.exercises import SHUT, ExerciseStage, Seat
from care.services.errors import Refused
from care.services.exercises.memory import Room
from care.services.exercises.rooms import append, enter, exercise_row
from care.services.exercises.versions import thing_of
from care.services.outbox import Letter, post
from care.services.platform import Platform
from care.services.trail import record
from care.store.exercises import Exercise, ExerciseParticipant
from exercises.decide import GRACE, Command, CommandError, Pulse, Tick, decide
from exercises.events import Ended, Event, Paused, Played, Resumed, Started
from exercises.kit import Channel, Stimulus
from exercises.state import Stage, State
from scanners.model import Lang, Text

BANNER = "EXERCICE EXERCICE EXERCICE"
"""What every message of an exercise carries, in its subject and in its body."""
CLOCK = ""
"""Who plays a stimulus when its time comes: nobody."""
PULSE_EVERY = timedelta(seconds=5)
"""How often the clock of an exercise is written down: well under the grace of the engine."""
SKEW = timedelta(seconds=GRACE)
"""How far the clocks of two machines that keep one exercise may be apart: less than what holds a stimulus back."""
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
        if row.stage in SHUT:
            raise Refused(_OVER)
        now = platform.clock.now()
        room = enter(session, platform.rooms, row)
        for command in commands(room.state, now):
            room = _obey(platform, session, scope, row, room, command, now)
    platform.hub.stir()
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
            thing = thing_of(row)
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
            _deliver(platform, session, row, room.state.slots[event.stimulus].stimulus, room.state.kit.language)
    row.pulse_at, row.pulse_second = now, room.state.clock.at(now)


def _deliver(platform: Platform, session: Session, row: Exercise, stimulus: Stimulus, lang: Lang) -> None:
    """A mail to each address that players of the cells gave: once, however often they signed in.
    The inboxes of the cells need nothing more."""
    if stimulus.channel is not Channel.MAIL:
        return
    players = session.scalars(
        select(ExerciseParticipant)
        .where(
            ExerciseParticipant.exercise_id == row.id,
            ExerciseParticipant.seat == Seat.PLAYER,
            ExerciseParticipant.cell.in_(stimulus.to),
            ExerciseParticipant.mail != "",
        )
        .order_by(ExerciseParticipant.id.desc())
    )
    first = {one.mail.casefold(): one for one in players}
    for player in first.values():
        letter = Letter(
            recipient=player.mail,
            subject=f"[{BANNER}] {stimulus.title}",
            body="\n\n".join([BANNER, stimulus.sender, stimulus.body, *_attached(stimulus, lang), BANNER]),
            establishment_id=row.establishment_id,
            purpose_key=f"{mail_prefix(row.id)}{stimulus.id}:{player.id}",
            stale_after=STALE_AFTER,
        )
        post(platform, session, letter)


def _attached(stimulus: Stimulus, lang: Lang) -> Iterable[str]:
    """Documents stay in the inbox of the cell: an exercise sends no file around."""
    if stimulus.attachments:
        names = ", ".join(stimulus.attachments)
        yield Text(
            f"Pièces jointes, dans la boîte de votre cellule : {names}", f"Attached, in your cell’s inbox: {names}"
        ).render(lang)


def mail_prefix(exercise_id: int) -> str:
    """How the purpose keys of an exercise's mails begin."""
    return f"exercise:{exercise_id}:"


@dataclass(frozen=True, slots=True)
class _Live:
    """An exercise under way, as stored: its last event, and its clock when it was last written down."""

    exercise_id: int
    number: int
    pulse: Pulse | None


@dataclass
class Conductor:
    """Keeps the clocks of the exercises that run. One a process; several are harmless: an event is written by whoever
    holds the exercise's row, and the other finds it done."""

    platform: Platform
    pulses: dict[int, Pulse] = field(default_factory=dict)
    stored: dict[int, datetime | None] = field(default_factory=dict)
    written: datetime | None = None
    turn: deque[_Live] = field(default_factory=deque)

    def tick(self) -> None:
        """Play what is due in every exercise that runs, and note the time that each clock shows.

        After an exercise on which it stumbles, the next call goes on with those that follow.
        """
        if not self.turn:
            self.turn.extend(self._live())
        while self.turn:
            self._keep(self.turn.popleft())
        self._write_down(self.platform.clock.now())

    def _live(self) -> Sequence[_Live]:
        columns = (Exercise.id, Exercise.last_event, Exercise.pulse_at, Exercise.pulse_second)
        query = select(*columns).where(Exercise.stage == ExerciseStage.LIVE).order_by(Exercise.id)
        with self.platform.database.read() as session:
            rows = session.execute(query).all()
        live = [_Live(key, number, _pulse(at, second)) for key, number, at, second in rows]
        self.stored = {key: at for key, _number, at, _second in rows}
        over = self.pulses.keys() - {one.exercise_id for one in live}
        for exercise_id in over:
            del self.pulses[exercise_id]
        return live

    def _keep(self, live: _Live) -> None:
        room, now = self._look(live), self.platform.clock.now()
        if room.state.stage is not Stage.RUNNING:
            self.pulses.pop(live.exercise_id, None)
            return
        if decide(room.state, Tick(_latest(self.pulses.get(live.exercise_id), live.pulse, now)), now):
            room, now = self._write(live)
        self.pulses[live.exercise_id] = Pulse(now, room.state.clock.at(now))

    def _look(self, live: _Live) -> Room:
        """Where the exercise stands; nothing is read again while nothing happens in it."""
        known = self.platform.rooms.find(live.exercise_id)
        if known is not None and known.number == live.number:
            return known
        with self.platform.database.read() as session:
            return enter(session, self.platform.rooms, session.get_one(Exercise, live.exercise_id))

    def _write(self, live: _Live) -> tuple[Room, datetime]:
        """Decide again with the row locked: in between somebody may have paused, or another process played the same
        stimulus or noted the same interruption."""
        platform, own = self.platform, self.pulses.get(live.exercise_id)
        with platform.database.write() as session:
            row = session.get_one(Exercise, live.exercise_id, with_for_update=True)
            room, now = enter(session, platform.rooms, row), platform.clock.now()
            stored = _pulse(row.pulse_at, row.pulse_second)
            pulse = _latest(own if stored == live.pulse else None, stored, now)
            events = decide(room.state, Tick(pulse), now)
            room = append(session, row, room, events, now, CLOCK)
            _follow(platform, session, row, room, events, now)
        platform.hub.stir()
        return room, now

    def _write_down(self, now: datetime) -> None:
        """The clocks, every few seconds, for whoever takes over after a crash.

        Not one that a command noted since it was read: resumed after a pause, the pulse of before would make the whole
        pause an interruption. In the order of their numbers: two processes that lock the same rows in two orders would
        wait for each other.
        """
        if not self.pulses or not self._stale(now):
            return
        with self.platform.database.write() as session:
            for key, pulse in sorted(self.pulses.items()):
                as_read = Exercise.pulse_at.is_not_distinct_from(self.stored.get(key))
                session.execute(
                    update(Exercise)
                    .where(Exercise.id == key, Exercise.stage == ExerciseStage.LIVE, as_read)
                    .values(pulse_at=pulse.at, pulse_second=pulse.elapsed)
                )
        self.written = now

    def _stale(self, now: datetime) -> bool:
        """Whether the clocks were written down too long ago, or in a time that the machine's clock went back from."""
        return self.written is None or not timedelta(0) <= now - self.written < PULSE_EVERY


def _pulse(at: datetime | None, second: float | None) -> Pulse | None:
    return Pulse(at, second or 0.0) if at else None


def _latest(own: Pulse | None, stored: Pulse | None, now: datetime) -> Pulse | None:
    """The last tick: of this process, unless a command or another process noted a later one.

    A stored time that is ahead of ours by little was noted by another machine. This machine's clock going back shows in
    the ticks of this process, or after a restart by a stored time that is far ahead.
    """
    if own is not None and (stored is None or own.at > now):
        return own
    if stored is None or stored.at <= now:
        return max((one for one in (own, stored) if one is not None), key=lambda one: one.at, default=None)
    return Pulse(now, stored.elapsed) if stored.at - now < SKEW else own or stored
