"""What observers watch and note: the reactions expected of each stimulus, and the grid, cell by cell.

An observer may note for an hour without a network: what he saw is dated by how long ago he noted it, which holds
whatever the clock of his device says, and each note has a key of the device: sent again, it counts once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.exercises import MAX_KEY, ExerciseStage
from care.services.errors import Invalid, NotFound, Refused
from care.services.exercises.playing import LONGEST_AGO
from care.services.exercises.rooms import append, enter, light_row
from care.services.exercises.seats import Sitting, count_written
from care.services.platform import Platform
from care.services.typed_texts import lines_of
from care.store.exercises import Exercise, ExerciseMark
from care.store.upsert import insert_missing
from exercises.decide import MAX_NOTE, CommandError, Observe, decide
from exercises.events import Verdict
from exercises.kit import Channel, Criterion
from exercises.kit_check import reaction_id
from exercises.scoring import TOP
from exercises.state import Observation, Slot, Stage, Standing, State, by_time
from scanners.model import Text


@dataclass(frozen=True, slots=True)
class ReactionWatched:
    """A reaction to look for in a cell (its key), within so many minutes; what was last said of it, by whom."""

    id: str
    text: str
    cell: str
    within: int
    verdict: Verdict | None
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class StimulusWatched:
    """A stimulus that expects something. `second` is when it was played, or will be: None in reserve. `played_at` is an
    instant, None before."""

    id: str
    title: str
    sender: str
    channel: Channel
    cells: tuple[str, ...]
    body: str
    second: float | None
    played_at: datetime | None
    reactions: tuple[ReactionWatched, ...]


@dataclass(frozen=True, slots=True)
class MarkGiven:
    """What this observer marked of a criterion in a cell (its key); `mark` is None before he did."""

    cell: str
    mark: int | None
    note: str


@dataclass(frozen=True, slots=True)
class CriterionWatched:
    """A line of the grid, and this observer's marks in each cell that it is about."""

    id: str
    text: str
    marks: tuple[MarkGiven, ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """All that an observer has before him. `cells` are names by key; `played` begins with the latest, `coming` is in
    the order of time, reserves last."""

    exercise_id: int
    title: str
    stage: Stage
    second: float
    number: int
    cells: Mapping[str, str]
    played: tuple[StimulusWatched, ...]
    coming: tuple[StimulusWatched, ...]
    grid: tuple[CriterionWatched, ...]


@dataclass(frozen=True, slots=True)
class Sighting:
    """What an observer says of an expected reaction, `ago` seconds after he noted it."""

    reaction: str
    verdict: Verdict
    key: str
    note: str = ""
    ago: float = 0.0


@dataclass(frozen=True, slots=True)
class Marking:
    """A mark, 0 (not seen) to 3 (fully), of one criterion in one cell, `ago` seconds after it was given."""

    criterion: str
    cell: str
    mark: int
    note: str = ""
    ago: float = 0.0


def watch(platform: Platform, who: Sitting) -> Watch:
    """What to look for, in every cell."""
    now = platform.clock.now()
    with platform.database.read() as session:
        row = light_row(session, who.exercise_id)
        room = enter(session, platform.rooms, row)
        own = select(ExerciseMark).where(ExerciseMark.exercise_id == row.id, ExerciseMark.observer == who.name)
        marks = {(one.criterion, one.cell): one for one in session.scalars(own)}
        state = room.state
        slots = [slot for slot in state.slots.values() if slot.stimulus.expects]
        return Watch(
            exercise_id=row.id,
            title=row.title,
            stage=state.stage,
            second=state.clock.at(now),
            number=room.number,
            cells=state.kit.cell_names,
            played=tuple(_stimulus(state, slot) for slot in sorted(slots, key=_latest) if _played(slot)),
            coming=tuple(_stimulus(state, slot) for slot in sorted(slots, key=_soonest) if not _over(slot)),
            grid=tuple(_criterion(state, one, marks) for one in state.kit.observation),
        )


def _latest(slot: Slot) -> tuple[float, int]:
    return (-(slot.played_second or 0.0), -slot.order)


def _soonest(slot: Slot) -> tuple[bool, tuple[float, int]]:
    return (slot.at is None, by_time(slot))


def _played(slot: Slot) -> bool:
    return slot.standing is Standing.PLAYED


def _over(slot: Slot) -> bool:
    return slot.standing in (Standing.PLAYED, Standing.SKIPPED)


def _stimulus(state: State, slot: Slot) -> StimulusWatched:
    one = slot.stimulus
    names = state.kit.cell_names
    return StimulusWatched(
        id=one.id,
        title=one.title,
        sender=one.sender,
        channel=one.channel,
        cells=tuple(names[cell] for cell in one.to),
        body=one.body,
        second=slot.played_second if _played(slot) else slot.at,
        played_at=slot.played_at,
        reactions=tuple(
            _reaction(reaction_id(one, expected), expected.text, expected.cell or one.to[0], expected.within, state)
            for expected in one.expects
        ),
    )


def _reaction(key: str, text: str, cell: str, within: int, state: State) -> ReactionWatched:
    seen: Observation | None = state.observations.get(key)
    if seen is None:
        return ReactionWatched(key, text, cell, within, None, "", "")
    return ReactionWatched(key, text, cell, within, seen.verdict, seen.by, seen.note)


def _criterion(state: State, one: Criterion, marks: Mapping[tuple[str, str], ExerciseMark]) -> CriterionWatched:
    cells = [cell.id for cell in state.kit.cells if one.cell in (None, cell.id)]
    return CriterionWatched(one.id, one.text, tuple(_mark(cell, marks.get((one.id, cell))) for cell in cells))


def _mark(cell: str, row: ExerciseMark | None) -> MarkGiven:
    return MarkGiven(cell, None, "") if row is None else MarkGiven(cell, row.mark, row.note)


def observe(platform: Platform, who: Sitting, sighting: Sighting) -> None:
    """Note what was seen of an expected reaction. Refused, in one sentence, when the engine refuses it or once the
    exercise is closed; Invalid."""
    _check(sighting.note, sighting.key)
    with platform.database.write() as session:
        row = _open_row(session, who)
        room, now = enter(session, platform.rooms, row), platform.clock.now()
        noted_at = _when(sighting.ago, now, room.state, sighting.reaction.partition(".")[0])
        command = Observe(
            sighting.reaction, sighting.verdict, note=lines_of(sighting.note), key=sighting.key, noted_at=noted_at
        )
        try:
            events = decide(room.state, command, now)
        except CommandError as error:
            raise Refused(Text(error.fr, error.en)) from error
        if events:
            count_written(session, who)
        append(session, row, room, events, now, who.signature)


def mark(platform: Platform, who: Sitting, marking: Marking) -> None:
    """Give a mark of the grid; his last one of a criterion in a cell counts, whichever arrives first. Invalid, Refused
    before the start and once closed, NotFound when the grid has no such line."""
    _check(marking.note, "-")
    if not 0 <= marking.mark <= TOP:
        raise Invalid({"mark": Text("Une note de 0 à 3.", "A mark from 0 to 3.")})
    with platform.database.write() as session:
        state = enter(session, platform.rooms, _open_row(session, who)).state
        if state.stage is Stage.READY:
            raise Refused(_NOT_BEGUN)
        line = next((one for one in state.kit.observation if one.id == marking.criterion), None)
        if line is None or marking.cell not in {c.id for c in state.kit.cells if line.cell in (None, c.id)}:
            raise NotFound
        _write_mark(session, who, marking, _when(marking.ago, platform.clock.now(), state))


def _open_row(session: Session, who: Sitting) -> Exercise:
    """The exercise, locked, while observers may write: after its end too, until its report is closed and sealed."""
    row = light_row(session, who.exercise_id, lock=True)
    if row.stage is ExerciseStage.CLOSED:
        raise Refused(_CLOSED)
    return row


def _write_mark(session: Session, who: Sitting, marking: Marking, at: datetime) -> None:
    own = {
        "exercise_id": who.exercise_id, "criterion": marking.criterion, "cell": marking.cell, "observer": who.name,
    }  # fmt: skip
    said = {"mark": marking.mark, "note": lines_of(marking.note), "at": at}
    insert_missing(session, ExerciseMark, **own, **said)
    row = session.get_one(ExerciseMark, own, with_for_update=True)
    if at >= row.at:
        row.mark, row.note, row.at = marking.mark, lines_of(marking.note), at


def _when(ago: float, now: datetime, state: State, stimulus: str = "") -> datetime:
    """When something was noted: never before the start nor before what it answers was played, never in the future,
    whatever a device says and however the clock of the machine stepped."""
    slot = state.slots.get(stimulus)
    floors = [at for at in (state.started_at, slot.played_at if slot else None) if at is not None]
    return min(max([now - timedelta(seconds=min(max(ago, 0.0), LONGEST_AGO)), *floors]), now)


_CLOSED = Text(
    "L’exercice est clos et son rapport établi : rien ne s’y note plus. Dites à l’animation ce que vous avez vu.",
    "The exercise is closed and its report is made: nothing can be noted any more. Tell the facilitator what you saw.",
)
_NOT_BEGUN = Text(
    "L’exercice n’a pas commencé : la grille se remplit pendant l’exercice.",
    "The exercise has not begun: the grid is filled in during the exercise.",
)


def _check(note: str, key: str) -> None:
    if len(note) > MAX_NOTE:
        raise Invalid({"note": Text(f"Au plus {MAX_NOTE} signes.", f"At most {MAX_NOTE} characters.")})
    if not 0 < len(key) <= MAX_KEY:
        raise Invalid({"key": Text("Rechargez la page.", "Load the page again.")})


def last_event(platform: Platform, who: Sitting) -> int:
    """The number of the last event: but for the clock and his own marks, `watch` only changes with it."""
    with platform.database.read() as session:
        return session.scalars(select(Exercise.last_event).where(Exercise.id == who.exercise_id)).one()
