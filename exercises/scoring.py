"""What an exercise showed: reactions seen in time, by objective and by cell; criteria of the grid; questionnaires.

What nobody observed never counts as seen, nor as missed: each score says how much of its weight it rests on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from statistics import fmean, median

from exercises.events import Verdict
from exercises.kit import Criterion, Kit, Measure, QuestionKind, Reaction
from exercises.kit_check import reaction_id
from exercises.state import Slot, Standing, State

TOP = 3
"""The best mark of a criterion of the grid."""
SCALE_TOP = 5
"""The best answer of a question on a scale."""
REACHED = 2 / 3
"""An objective is said to be reached from two thirds of what was observed of it: our choice. A plain number, rounded as
shares are once they leave here: exactly two thirds is reached."""
DIVERGENT = 2
"""Marks of one criterion that lie so far apart tell of two different exercises: the observers have to talk (our
choice)."""


class Timing(StrEnum):
    """When a reaction came."""

    IN_TIME = "in_time"
    LATE = "late"
    MISSED = "missed"
    UNOBSERVED = "unobserved"


@dataclass(frozen=True, slots=True)
class ReactionResult:
    """What became of one expected reaction. `minutes` passed between the stimulus and the reaction, on the wall: a
    pause between them does not count. None unless it was seen."""

    id: str
    reaction: Reaction
    cell: str
    timing: Timing
    partial: bool
    minutes: float | None
    note: str

    @property
    def worth(self) -> Fraction:
        """Its part of its weight, from 0 to 1: half when partial, half again when late."""
        if self.timing in (Timing.MISSED, Timing.UNOBSERVED):
            return Fraction(0)
        return Fraction(1, (2 if self.partial else 1) * (2 if self.timing is Timing.LATE else 1))


@dataclass(frozen=True, slots=True)
class Score:
    """A weighted share between 0 and 1, of what was observed; None when nothing was. `observed` is the share of the
    weights that somebody observed."""

    share: Fraction | None
    observed: Fraction
    reactions: int


def reactions_of(state: State) -> tuple[ReactionResult, ...]:
    """Every reaction expected of a stimulus that was played, in the order it was played."""
    played = [slot for slot in state.slots.values() if slot.standing is Standing.PLAYED]
    return tuple(
        _result(state, slot, reaction)
        for slot in sorted(played, key=lambda one: (one.played_second or 0.0, one.order))
        for reaction in slot.stimulus.expects
    )


def _result(state: State, slot: Slot, reaction: Reaction) -> ReactionResult:
    key = reaction_id(slot.stimulus, reaction)
    cell = reaction.cell or slot.stimulus.to[0]
    seen = state.observations.get(key)
    if seen is None:
        return ReactionResult(key, reaction, cell, Timing.UNOBSERVED, False, None, "")
    if seen.verdict is Verdict.MISSED or slot.played_at is None:
        return ReactionResult(key, reaction, cell, Timing.MISSED, False, None, seen.note)
    minutes = max(0.0, seen.second - (slot.played_second or 0.0)) / 60
    timing = Timing.IN_TIME if minutes <= reaction.within else Timing.LATE
    return ReactionResult(key, reaction, cell, timing, seen.verdict is Verdict.PARTIAL, minutes, seen.note)


def scored(results: Iterable[ReactionResult]) -> Score:
    """The score of some reactions, each with its weight."""
    results = list(results)
    total = sum(one.reaction.weight for one in results)
    observed = [one for one in results if one.timing is not Timing.UNOBSERVED]
    weight = sum(one.reaction.weight for one in observed)
    worth = sum((one.worth * one.reaction.weight for one in observed), Fraction(0))
    return Score(
        share=worth / weight if weight else None,
        observed=Fraction(weight, total) if total else Fraction(0),
        reactions=len(results),
    )


def by_objective(results: Sequence[ReactionResult]) -> Mapping[str, Score]:
    """The score of each objective that a played stimulus put to the test."""
    return _by(results, lambda one: one.reaction.objective)


def by_cell(results: Sequence[ReactionResult]) -> Mapping[str, Score]:
    """The score of each cell of which a reaction was expected."""
    return _by(results, lambda one: one.cell)


def _by(results: Sequence[ReactionResult], key: Callable[[ReactionResult], str]) -> Mapping[str, Score]:
    groups: dict[str, list[ReactionResult]] = defaultdict(list)
    for one in results:
        groups[key(one)].append(one)
    return {name: scored(group) for name, group in groups.items()}


def median_minutes(results: Iterable[ReactionResult]) -> float | None:
    """How long reactions took, None when none was seen."""
    minutes = [one.minutes for one in results if one.minutes is not None]
    return median(minutes) if minutes else None


def reached(scores: Mapping[str, Score], threshold: Fraction) -> tuple[int, int]:
    """How many objectives reached a share, out of those that something observed tells of."""
    known = [score.share for score in scores.values() if score.share is not None]
    return sum(share >= threshold for share in known), len(known)


@dataclass(frozen=True, slots=True)
class Answered:
    """What participants answered to one question: on a scale the mean, on yes or no the share of yes."""

    count: int
    mean: float | None
    share: float | None
    words: tuple[str, ...]


def answered(kind: QuestionKind, answers: Sequence[int | bool | str]) -> Answered:
    """The answers to one question, empty ones left out by the caller."""
    numbers = [one for one in answers if isinstance(one, int)]
    return Answered(
        count=len(answers),
        mean=fmean(numbers) if numbers and kind is QuestionKind.SCALE else None,
        share=fmean(numbers) if numbers and kind is QuestionKind.YES_NO else None,
        words=tuple(one for one in answers if isinstance(one, str)),
    )


def mean_of(measure: Measure, questions: Iterable[tuple[Measure | None, Answered]]) -> float | None:
    """The mean, between 0 and 1, of what feeds a measure: scales from 1 to 5, shares of yes; None when nothing does."""
    found: list[float] = []
    for measures, one in questions:
        if measures is measure and one.mean is not None:
            found.append((one.mean - 1) / (SCALE_TOP - 1))
        elif measures is measure and one.share is not None:
            found.append(one.share)
    return fmean(found) if found else None


@dataclass(frozen=True, slots=True)
class Mark:
    """What one observer marked of one criterion in one cell, from 0 to `TOP`."""

    criterion: str
    cell: str
    observer: str
    mark: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """A criterion in one cell, with the marks given, by observer."""

    criterion: Criterion
    cell: str
    marks: tuple[Mark, ...]

    @property
    def mean(self) -> float | None:
        """The mean of the marks, None when nobody gave one."""
        return fmean(one.mark for one in self.marks) if self.marks else None

    @property
    def divergent(self) -> bool:
        """Whether the observers did not see the same thing."""
        values = [one.mark for one in self.marks]
        return bool(values) and max(values) - min(values) >= DIVERGENT


def criteria_of(kit: Kit, marks: Iterable[Mark]) -> tuple[CriterionResult, ...]:
    """Every criterion of the grid in every cell it is about, in the order of the kit."""
    given: dict[tuple[str, str], list[Mark]] = defaultdict(list)
    for one in marks:
        given[one.criterion, one.cell].append(one)
    return tuple(
        CriterionResult(criterion, cell, tuple(sorted(given[criterion.id, cell], key=lambda one: one.observer)))
        for criterion in kit.observation
        for cell in ([criterion.cell] if criterion.cell else [one.id for one in kit.cells])
    )


def grid_share(results: Iterable[CriterionResult]) -> float | None:
    """The mean of some criteria, between 0 and 1; None when nobody marked any. Rounded once, see `REACHED`."""
    means = [Fraction(sum(mark.mark for mark in one.marks), len(one.marks)) for one in results if one.marks]
    return float(sum(means) / len(means) / TOP) if means else None


def first_answers(state: State, said: Iterable[tuple[str, str, datetime]]) -> Mapping[str, tuple[float, ...]]:
    """How many minutes of exercise each cell took to answer the stimuli that it answered, from (cell, stimulus, when).

    Only the first answer to a stimulus counts.
    """
    taken: dict[tuple[str, str], float] = {}
    for cell, key, at in said:
        slot = state.slots.get(key)
        if slot is not None and slot.played_second is not None:
            minutes = max(0.0, state.clock.when(at) - slot.played_second) / 60
            taken[cell, key] = min(minutes, taken.get((cell, key), minutes))
    found: dict[str, list[float]] = defaultdict(list)
    for (cell, _key), minutes in sorted(taken.items()):
        found[cell].append(minutes)
    return {cell: tuple(minutes) for cell, minutes in found.items()}
