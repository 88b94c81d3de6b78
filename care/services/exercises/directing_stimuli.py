"""Stimuli as the facilitation sees them: where each stands and why, what is expected of it, what waits for a choice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from exercises.events import How, Verdict, Why
from exercises.kit import Channel, Condition, Outcome
from exercises.kit_check import reaction_id
from exercises.state import PENDING, Slot, Standing, State


@dataclass(frozen=True, slots=True)
class ReactionLine:
    """A reaction expected of a stimulus. `due` is the second of the exercise clock after which it is late, None while
    the stimulus was not played. `seen_second` is when it was seen."""

    id: str
    text: str
    stimulus: str
    stimulus_title: str
    cell: str
    cell_name: str
    within: int
    weight: int
    due: float | None
    verdict: Verdict | None
    seen_second: float | None
    note: str
    by: str


@dataclass(frozen=True, slots=True)
class ConditionLine:
    """What a stimulus depends on: a reaction seen or missed, or an option of a decision. `holds` is None while nobody
    can tell."""

    reaction: str | None
    wanted_seen: bool
    question: str
    option: str
    holds: bool | None


@dataclass(frozen=True, slots=True)
class StimulusLine:
    """A stimulus on the timeline. `second` is when it falls due, or fell: None for a reserve nobody played. `planned`
    is what the kit said."""

    id: str
    title: str
    sender: str
    cells: tuple[str, ...]
    cell_names: tuple[str, ...]
    channel: Channel
    body: str
    hint: str
    attachments: tuple[str, ...]
    phase: str
    standing: Standing
    why: Why | None
    how: How | None
    planned: float | None
    second: float | None
    played_at: datetime | None
    told_at: datetime | None
    to_tell: bool
    by: str
    mandatory: bool
    conditions: tuple[ConditionLine, ...]
    reactions: tuple[ReactionLine, ...]

    @property
    def pending(self) -> bool:
        """Whether the facilitation may still play it or leave it out."""
        return self.standing in PENDING

    @property
    def unseen(self) -> int:
        """Reactions nobody has spoken of, once it was played."""
        return sum(one.verdict is None for one in self.reactions) if self.standing is Standing.PLAYED else 0


@dataclass(frozen=True, slots=True)
class Fork:
    """A decision, its options by id, the one taken. `needed` is the second at which the first stimulus that depends on
    it falls due, None when none is to come; `waiting` the stimuli that it would release at once."""

    id: str
    question: str
    options: Mapping[str, str]
    taken: str | None
    needed: float | None
    waiting: tuple[str, ...]


def stimulus_line(state: State, slot: Slot, names: Mapping[str, str]) -> StimulusLine:
    """A stimulus, with the names of the cells by their id."""
    one = slot.stimulus
    second = slot.played_second if slot.standing is Standing.PLAYED else slot.at
    return StimulusLine(
        id=one.id,
        title=one.title,
        sender=one.sender,
        cells=one.to,
        cell_names=tuple(names[cell] for cell in one.to),
        channel=one.channel,
        body=one.body,
        hint=one.hint or "",
        attachments=one.attachments,
        phase="" if second is None else state.kit.phase_at(second / 60).title,
        standing=slot.standing,
        why=slot.why,
        how=slot.how,
        planned=slot.planned,
        second=second,
        played_at=slot.played_at,
        told_at=slot.told_at,
        to_tell=slot.to_tell,
        by=slot.by,
        mandatory=one.mandatory,
        conditions=tuple(_condition(state, condition) for condition in one.when),
        reactions=tuple(_reactions(state, slot, names)),
    )


def _reactions(state: State, slot: Slot, names: Mapping[str, str]) -> Iterator[ReactionLine]:
    for one in slot.stimulus.expects:
        key, cell = reaction_id(slot.stimulus, one), one.cell or slot.stimulus.to[0]
        seen = state.observations.get(key)
        yield ReactionLine(
            id=key,
            text=one.text,
            stimulus=slot.stimulus.id,
            stimulus_title=slot.stimulus.title,
            cell=cell,
            cell_name=names[cell],
            within=one.within,
            weight=one.weight,
            due=None if slot.played_second is None else slot.played_second + one.within * 60,
            verdict=seen.verdict if seen else None,
            seen_second=seen.second if seen else None,
            note=seen.note if seen else "",
            by=seen.by if seen else "",
        )


def _condition(state: State, one: Condition) -> ConditionLine:
    if one.decision is None:
        seen = state.observations.get(one.reaction or "")
        wanted = one.answer == Outcome.OBSERVED
        holds = (seen is not None and seen.verdict is not Verdict.MISSED) == wanted
        return ConditionLine(one.reaction, wanted, "", "", holds)
    decision = next(each for each in state.kit.decisions if each.id == one.decision)
    label = next(option.label for option in decision.options if option.id == one.answer)
    taken = state.decisions.get(one.decision)
    return ConditionLine(None, True, decision.question, label, None if taken is None else taken == one.answer)


def forks_of(state: State) -> tuple[Fork, ...]:
    """The decisions of the kit, in its order."""
    return tuple(
        Fork(
            id=one.id,
            question=one.question,
            options={option.id: option.label for option in one.options},
            taken=state.decisions.get(one.id),
            needed=min((slot.at for slot in _after(state, one.id) if slot.at is not None), default=None),
            waiting=tuple(slot.stimulus.id for slot in _after(state, one.id) if slot.why is Why.UNDECIDED),
        )
        for one in state.kit.decisions
    )


def _after(state: State, decision: str) -> Sequence[Slot]:
    """What depends on a decision and may still be played."""
    pending = [slot for slot in state.slots.values() if slot.standing in PENDING and slot.stimulus.when]
    return [slot for slot in pending if any(one.decision == decision for one in slot.stimulus.when)]
