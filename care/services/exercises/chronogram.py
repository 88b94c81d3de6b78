"""The chronogram of an exercise: everything that is to happen, phase by phase, in the words written and as players will
read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from care.domain.access import Right, Scope
from care.domain.exercises import ExerciseStage
from care.services.exercises.editing import Written, find, mark_of
from care.services.exercises.rooms import exercise_row, kit_of_row
from care.services.exercises.words import OUTCOMES
from care.services.platform import Platform
from care.store.exercises import Exercise
from exercises.fitting import fitted, words_of
from exercises.kit import Channel, Condition, Kit, Outcome, Reaction, Stimulus
from exercises.kit_check import reaction_id
from scanners.model import Text


@dataclass(frozen=True, slots=True)
class ReactionWords:
    """A reaction expected, the minutes it may take, its part of the score, the name of the cell where one looks."""

    id: str
    text: str
    within: int
    weight: int
    objective: str
    cell: str


@dataclass(frozen=True, slots=True)
class ChronogramLine:
    """A stimulus as it will be read. `at` is a minute of the exercise clock, `clock` the hour it should then be (UTC):
    both None for those in reserve."""

    id: str
    at: int | None
    clock: datetime | None
    sender: str
    to: tuple[str, ...]
    channel: Channel
    title: str
    body: str
    hint: str
    attachments: tuple[str, ...]
    reactions: tuple[ReactionWords, ...]
    conditions: tuple[str, ...]
    mandatory: bool


@dataclass(frozen=True, slots=True)
class PhaseLines:
    """A phase with its stimuli, in the order they fall due."""

    title: str
    start: int
    end: int
    clock: datetime
    lines: tuple[ChronogramLine, ...]


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A document of the exercise; `used_by` are the stimuli that carry it."""

    name: str
    size: int
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chronogram:
    """The whole exercise. `open`: it may still be changed. `version` is that of the exercise."""

    phases: tuple[PhaseLines, ...]
    reserve: tuple[ChronogramLine, ...]
    documents: tuple[KeptDocument, ...]
    duration: int
    cells: int
    open: bool
    version: int

    @property
    def stimuli(self) -> int:
        """How many stimuli stand on the timeline."""
        return sum(len(phase.lines) for phase in self.phases)

    @property
    def ids(self) -> tuple[str, ...]:
        """The stimuli of the timeline, in order."""
        return tuple(line.id for phase in self.phases for line in phase.lines)


@dataclass(frozen=True, slots=True)
class StimulusPage:
    """A stimulus to change: as written in `raw` (the format of a kit), as it will be read in `read`, None when it is
    new. The rest is what it may name; `conditions` maps `reaction=S01.a=missed` to words."""

    raw: Written | None
    mark: str
    read: ChronogramLine | None
    cells: Mapping[str, str]
    objectives: Mapping[str, str]
    documents: tuple[str, ...]
    conditions: Mapping[str, str]
    variables: Mapping[str, str]
    kit: Kit
    open: bool


def read_chronogram(platform: Platform, scope: Scope, exercise_id: int) -> Chronogram:
    """The chronogram. NotFound, Forbidden: it holds what players must not know."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        return _chronogram(row, scope.lang)


def _chronogram(row: Exercise, lang: str) -> Chronogram:
    kit = kit_of_row(row)
    begins = row.started_at or row.planned_at
    lines = [line_of_stimulus(kit, one, begins, lang) for one in kit.stimuli]
    timed = sorted((one for one in lines if one.at is not None), key=lambda one: one.at or 0)
    starts = [*(one.start for one in kit.phases[1:]), kit.duration + 1]
    phases = tuple(
        PhaseLines(
            one.title,
            one.start,
            min(end, kit.duration),
            begins + timedelta(minutes=one.start),
            tuple(line for line in timed if one.start <= (line.at or 0) < end),
        )
        for one, end in zip(kit.phases, starts, strict=True)
    )
    return Chronogram(
        phases=phases,
        reserve=tuple(one for one in lines if one.at is None),
        documents=tuple(
            KeptDocument(one["name"], one["size"], tuple(s.id for s in kit.stimuli if one["name"] in s.attachments))
            for one in row.documents
        ),
        duration=kit.duration,
        cells=len(kit.cells),
        open=row.stage is ExerciseStage.PREPARED,
        version=row.version,
    )


def line_of_stimulus(kit: Kit, one: Stimulus, begins: datetime, lang: str) -> ChronogramLine:
    """A stimulus of a kit, said in the names of its cells; `begins` is when the exercise starts."""
    names = kit.cell_names
    return ChronogramLine(
        id=one.id,
        at=one.at,
        clock=None if one.at is None else begins + timedelta(minutes=one.at),
        sender=one.sender,
        to=tuple(names[cell] for cell in one.to),
        channel=one.channel,
        title=one.title,
        body=one.body,
        hint=one.hint or "",
        attachments=one.attachments,
        reactions=tuple(_reaction(kit, one, reaction, names) for reaction in one.expects),
        conditions=tuple(condition_words(kit, condition, lang) for condition in one.when),
        mandatory=one.mandatory,
    )


def _reaction(kit: Kit, stimulus: Stimulus, one: Reaction, names: Mapping[str, str]) -> ReactionWords:
    objective = next(each.text for each in kit.objectives if each.id == one.objective)
    cell = names[one.cell or stimulus.to[0]]
    return ReactionWords(reaction_id(stimulus, one), one.text, one.within, one.weight, objective, cell)


def condition_words(kit: Kit, condition: Condition, lang: str) -> str:
    """A condition in words: S01.a « Appelle l’astreinte » : non observée."""
    if condition.reaction is not None:
        texts = {reaction_id(one, reaction): reaction.text for one in kit.stimuli for reaction in one.expects}
        text, outcome = texts[condition.reaction], OUTCOMES[Outcome(condition.answer)]
        return Text(
            f"{condition.reaction} «\u00a0{text}\u00a0»\u00a0: {outcome.fr}",
            f"{condition.reaction} “{text}”: {outcome.en}",
        ).render(lang)
    decision = next(one for one in kit.decisions if one.id == condition.decision)
    option = next(one.label for one in decision.options if one.id == condition.answer)
    return f"{decision.question} {option}"


def condition_key(condition: Condition) -> str:
    """A condition as a form carries it."""
    if condition.reaction is not None:
        return f"reaction={condition.reaction}={condition.answer}"
    return f"decision={condition.decision}={condition.answer}"


def condition_of(key: str) -> Written:
    """The condition that a form carries; nonsense is left to the check of the kit."""
    kind, _, rest = key.partition("=")
    name, _, answer = rest.partition("=")
    named = {"reaction": None, "decision": None}
    return {**named, kind if kind in named else "decision": name, "is": answer}


def read_stimulus(platform: Platform, scope: Scope, exercise_id: int, stimulus: str) -> StimulusPage:
    """A stimulus and what it may name; `stimulus` is "" for a new one. NotFound, Forbidden."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        raw = find(row.content["stimuli"], stimulus) if stimulus else None
        kit = Kit.model_validate(row.content)
        read = fitted(kit, row.words)
        line = next((one for one in read.stimuli if one.id == stimulus), None)
        begins = row.started_at or row.planned_at
        return StimulusPage(
            raw=raw,
            mark=mark_of(raw),
            read=line_of_stimulus(read, line, begins, scope.lang) if line else None,
            cells=kit.cell_names,
            objectives=kit.objective_texts,
            documents=tuple(one["name"] for one in row.documents),
            conditions=_possible(read, line, scope.lang),
            variables=words_of(kit, row.words),
            kit=kit,
            open=row.stage is ExerciseStage.PREPARED,
        )


def _possible(kit: Kit, own: Stimulus | None, lang: str) -> Mapping[str, str]:
    """Every condition that a stimulus may wait for, with its words."""
    reactions = [
        Condition.model_validate({"reaction": reaction_id(one, reaction), "is": outcome.value})
        for one in kit.stimuli
        if own is None or one.id != own.id
        for reaction in one.expects
        for outcome in Outcome
    ]
    decisions = [
        Condition.model_validate({"decision": one.id, "is": option.id})
        for one in kit.decisions
        for option in one.options
    ]
    return {condition_key(one): condition_words(kit, one, lang) for one in (*reactions, *decisions)}


@dataclass(frozen=True, slots=True)
class PartsPage:
    """The cells, phases, objectives and decisions as written (the format of a kit), each list with its mark."""

    raw: Mapping[str, list[Written]]
    marks: Mapping[str, str]
    duration: int
    open: bool


def read_parts(platform: Platform, scope: Scope, exercise_id: int) -> PartsPage:
    """What stimuli are made for. NotFound, Forbidden."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        raw = {part: row.content[part] for part in ("cells", "phases", "objectives", "decisions")}
        marks = {part: mark_of(value) for part, value in raw.items()}
        return PartsPage(raw, marks, row.content["duration"], row.stage is ExerciseStage.PREPARED)
