"""What the debrief shows: planned against played, reactions, scores, the grid, what participants said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from textwrap import shorten

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.exercises import PLAYED, ExerciseStage, Seat
from care.services.continuity_test_reading import AnswerView
from care.services.errors import Refused
from care.services.exercises.attendees import attendees
from care.services.exercises.chain import Chain, chain_of
from care.services.exercises.event_words import told
from care.services.exercises.figures import Before, Figures, Measured, before, measure, share_of
from care.services.exercises.outcome import Closing, closing_of, judged
from care.services.exercises.questionnaires import RoundResult
from care.services.exercises.rooms import exercise_row
from care.services.exercises.worth import views
from care.services.platform import Platform
from care.store.exercises import Exercise
from exercises.events import Added, Held, How, Played, Why
from exercises.kit import Channel
from exercises.kit_check import reaction_id
from exercises.scoring import REACHED, Mark, ReactionResult, Timing, grid_share
from exercises.state import Slot, Standing, State
from reports.charts import Chart, share_chart
from reports.timeline_svg import TimelineMark, timeline_charts
from scanners.model import Lang, Text

NAME = 32
"""Signs of a name on a chart, so that bars have room beside it."""


@dataclass(frozen=True, slots=True)
class ReactionView:
    """An expected reaction and what became of it. `minutes` and `within` count from the stimulus."""

    id: str
    text: str
    cell: str
    objective: str
    within: int
    weight: int
    timing: Timing
    partial: bool
    minutes: float | None
    note: str
    by: str


@dataclass(frozen=True, slots=True)
class StimulusView:
    """A stimulus, planned against played, in minutes of the exercise clock. `planned` is None for a reserve or one that
    was added; `late` is by how much it came after its planned minute, negative before it; `held` when it waited for the
    facilitation first. `reactions` is empty unless it was played."""

    id: str
    title: str
    sender: str
    cells: tuple[str, ...]
    channel: Channel
    body: str
    phase: str
    planned: float | None
    played: float | None
    played_at: datetime | None
    late: float | None
    standing: Standing
    why: Why | None
    how: How | None
    held: Why | None
    by: str
    added: bool
    mandatory: bool
    reactions: tuple[ReactionView, ...]


@dataclass(frozen=True, slots=True)
class MomentView:
    """Something else that happened; `minute` of the exercise clock, `text` in the reader's language."""

    at: datetime
    minute: float
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class ObjectiveView:
    """An objective: the share reached of what was `observed` of its weights, the grid beside; None: nobody knows."""

    id: str
    text: str
    references: tuple[str, ...]
    share: float | None
    observed: float
    reactions: int
    grid: float | None
    reached: bool | None


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell: its score, how long it took to react and to answer (median minutes), who sat there."""

    id: str
    name: str
    people: int
    share: float | None
    observed: float
    reactions: int
    reaction_minutes: float | None
    answer_minutes: float | None
    answered: int


@dataclass(frozen=True, slots=True)
class CriterionView:
    """A criterion of the grid in one cell; `mean` of the marks from 0 to 3. `divergent`: observers have to talk."""

    text: str
    objective: str
    cell: str
    mean: float | None
    marks: tuple[Mark, ...]
    divergent: bool


@dataclass(frozen=True, slots=True)
class Debriefing:
    """Everything the debrief shows. `before` is the exercise played before. `worth` says what this one counts for, as
    closed, else as it would be closed now with what is known. `outdated`: what is known now is no longer what was
    kept, and sealed, at the closing."""

    id: int
    establishment_id: int
    stage: ExerciseStage
    figures: Figures
    outdated: bool
    stimuli: tuple[StimulusView, ...]
    moments: tuple[MomentView, ...]
    objectives: tuple[ObjectiveView, ...]
    cells: tuple[CellView, ...]
    criteria: tuple[CriterionView, ...]
    rounds: tuple[RoundResult, ...]
    before: Before | None
    worth: tuple[AnswerView, ...]
    closing: Closing
    chain: Chain
    by_objective: Chart
    by_cell: Chart
    timeline: tuple[Chart, ...]


_NOT_OVER = Text(
    "Le débriefing commence quand l’exercice est terminé (FINEX).",
    "The debrief begins when the exercise is over (ENDEX).",
)


def open_debriefing(platform: Platform, scope: Scope, exercise_id: int) -> Debriefing:
    """What an exercise showed. Refused before its end: players have accounts too. NotFound, Forbidden."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.SEE_EXERCISES)
        return debriefing_of(platform, session, row, scope.lang)


def debriefing_of(
    platform: Platform, session: Session, row: Exercise, lang: Lang, typed: Closing | None = None
) -> Debriefing:
    """The debriefing of an exercise already found; `typed` is how it is about to be closed, else as it stands."""
    if row.stage not in PLAYED:
        raise Refused(_NOT_OVER)
    now = platform.clock.now()
    found, figures = measure(platform, session, row, now)
    chain = chain_of(session, row)
    closing = typed or closing_of(platform, session, row, figures)
    objectives, cells = tuple(_objectives(found)), tuple(_cells(session, row, found))
    stimuli = tuple(_stimuli(found, chain))
    return Debriefing(
        id=row.id,
        establishment_id=row.establishment_id,
        stage=row.stage,
        figures=figures,
        outdated=row.stage is ExerciseStage.CLOSED and figures.differ(row.result or {}),
        stimuli=stimuli,
        moments=tuple(_moments(found.state, chain, lang)),
        objectives=objectives,
        cells=cells,
        criteria=tuple(_criteria(found)),
        rounds=found.rounds,
        before=before(platform, session, row, now),
        worth=views(judged(session, row, closing), lang),
        closing=closing,
        chain=chain,
        by_objective=_objective_chart(objectives, lang),
        by_cell=_chart(
            Text("Par cellule", "By cell"),
            Text("Cellule", "Cell"),
            [(one.name, one.share, one.observed) for one in cells],
            lang,
        ),
        timeline=_timeline(stimuli, found.kit.duration, lang),
    )


def _objective_chart(objectives: Sequence[ObjectiveView], lang: Lang) -> Chart:
    """Objectives are sentences: numbered as in the list below, and cut short."""
    rows = [
        (shorten(f"{number}. {one.text}", NAME, placeholder="…"), one.share, one.observed)
        for number, one in enumerate(objectives, 1)
    ]
    return _chart(Text("Par objectif", "By objective"), Text("Objectif", "Objective"), rows, lang)


def _timeline(stimuli: Sequence[StimulusView], minutes: int, lang: Lang) -> tuple[Chart, ...]:
    marks = [TimelineMark(one.id, one.title, one.planned, one.played) for one in stimuli]
    known = [one for one in marks if one.planned is not None or one.played is not None]
    return timeline_charts(known, minutes, "fr" if lang == "fr" else "en") if known else ()


def _chart(title: Text, first: Text, rows: Sequence[tuple[str, float | None, float]], lang: Lang) -> Chart:
    return share_chart(title.render(lang), first.render(lang), rows, "fr" if lang == "fr" else "en")


def _stimuli(found: Measured, chain: Chain) -> Iterator[StimulusView]:
    """In the order in which they came, or were to come; reserves that nobody played last."""
    state, names = found.state, found.kit.cell_names
    added = {one.event.stimulus.id for one in chain.events if isinstance(one.event, Added)}
    held = {one.event.stimulus: one.event.why for one in chain.events if isinstance(one.event, Held)}
    results = {one.id: one for one in found.reactions}
    slots = sorted(state.slots.values(), key=_when)
    for slot in slots:
        one = slot.stimulus
        planned = None if slot.planned is None or one.id in added else slot.planned / 60
        played = None if slot.played_second is None else slot.played_second / 60
        minute = played if played is not None else planned
        yield StimulusView(
            id=one.id,
            title=one.title,
            sender=one.sender,
            cells=tuple(names[cell] for cell in one.to),
            channel=one.channel,
            body=one.body,
            phase="" if minute is None else found.kit.phase_at(minute).title,
            planned=planned,
            played=played,
            played_at=slot.played_at,
            late=None if played is None or planned is None else played - planned,
            standing=slot.standing,
            why=slot.why,
            how=slot.how,
            held=held.get(one.id),
            by=slot.by,
            added=one.id in added,
            mandatory=one.mandatory,
            reactions=tuple(_reactions(found, slot, results, names)),
        )


def _when(slot: Slot) -> tuple[float, int]:
    second = slot.played_second if slot.played_second is not None else slot.at
    return (float("inf") if second is None else second, slot.order)


def _reactions(
    found: Measured, slot: Slot, results: Mapping[str, ReactionResult], names: Mapping[str, str]
) -> Iterator[ReactionView]:
    objectives = found.kit.objective_texts
    for reaction in slot.stimulus.expects:
        one = results.get(reaction_id(slot.stimulus, reaction))
        if one is not None:
            seen = found.state.observations.get(one.id)
            yield ReactionView(
                id=one.id,
                text=reaction.text,
                cell=names[one.cell],
                objective=objectives[reaction.objective],
                within=reaction.within,
                weight=reaction.weight,
                timing=one.timing,
                partial=one.partial,
                minutes=one.minutes,
                note=one.note,
                by=seen.by if seen else "",
            )


def _objectives(found: Measured) -> Iterator[ObjectiveView]:
    for one in found.kit.objectives:
        score, share = found.objectives.get(one.id), found.share_of(one.id)
        yield ObjectiveView(
            id=one.id,
            text=one.text,
            references=one.references,
            share=share,
            observed=float(score.observed) if score else 0.0,
            reactions=score.reactions if score else 0,
            grid=grid_share(each for each in found.criteria if each.criterion.objective == one.id),
            reached=None if share is None else share >= REACHED,
        )


def _cells(session: Session, row: Exercise, found: Measured) -> Iterator[CellView]:
    people = Counter(one.cell for one in attendees(session, row.id) if one.seat is Seat.PLAYER)
    for cell in found.kit.cells:
        score, answers = found.cells.get(cell.id), found.answers.get(cell.id, ())
        minutes = [one.minutes for one in found.reactions if one.cell == cell.id and one.minutes is not None]
        yield CellView(
            id=cell.id,
            name=cell.name,
            people=people[cell.id],
            share=share_of(score) if score else None,
            observed=float(score.observed) if score else 0.0,
            reactions=score.reactions if score else 0,
            reaction_minutes=median(minutes) if minutes else None,
            answer_minutes=median(answers) if answers else None,
            answered=len(answers),
        )


def _criteria(found: Measured) -> Iterator[CriterionView]:
    names = found.kit.cell_names
    objectives = found.kit.objective_texts
    for one in found.criteria:
        if one.marks:
            yield CriterionView(
                text=one.criterion.text,
                objective=objectives[one.criterion.objective],
                cell=names.get(one.cell, ""),
                mean=one.mean,
                marks=one.marks,
                divergent=one.divergent,
            )


def _moments(state: State, chain: Chain, lang: Lang) -> Iterator[MomentView]:
    for one in chain.events:
        said = None if isinstance(one.event, Played) else told(one.event, state)
        if said is not None:
            yield MomentView(one.at, state.clock.when(one.at) / 60, said.render(lang), one.by)
