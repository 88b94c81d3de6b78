"""An exercise as its papers tell it: its kit in the establishment's words, at the hours that are planned now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from care.services.exercises.words import CHANNELS, OUTCOMES
from care.store.exercises import Exercise
from exercises.kit import Condition, Decision, Kit, Outcome
from exercises.state import Slot, State, by_time
from reports.sheets import exercise_paper as paper
from reports.words import Lang, day


def paper_of(row: Exercise, state: State, establishment: str, zone: ZoneInfo, on: date) -> paper.PaperExercise:
    """The exercise in the language of its kit, which is that of its players, printed `on` a day."""
    kit = state.kit
    lang: Lang = kit.language
    clocks = {key: _clock(row, state, slot, zone) for key, slot in state.slots.items()}
    stimuli = {key: _stimulus(kit, slot, clocks[key], lang) for key, slot in state.slots.items()}
    reserve = [slot for slot in state.slots.values() if slot.at is None]
    objectives, names = kit.objective_texts, kit.cell_names
    return paper.PaperExercise(
        lang=lang,
        establishment=establishment,
        title=row.title,
        when=_when(row.started_at or row.planned_at, zone, lang),
        place=row.place,
        director=row.director,
        cells=tuple(paper.Cell(one.name, one.mission) for one in kit.cells),
        phases=tuple(_phases(row, state, stimuli, zone)),
        reserve=tuple(stimuli[slot.stimulus.id] for slot in reserve),
        decisions=tuple(_decision(kit, one) for one in kit.decisions),
        criteria=tuple(
            paper.Criterion(one.text, objectives[one.objective], names.get(one.cell or "", ""))
            for one in kit.observation
        ),
        printed_on=on,
    )


def _when(at: datetime, zone: ZoneInfo, lang: Lang) -> str:
    here = at.astimezone(zone)
    return f"{day(here, lang)}, {here:%H:%M}"


def _clock(row: Exercise, state: State, slot: Slot, zone: ZoneInfo) -> str:
    """The hour at which a stimulus is due, as things stand: none for a reserve, nor while the exercise is paused."""
    return "" if slot.at is None else _hour(row, state, slot.at, zone)


def _hour(row: Exercise, state: State, second: float, zone: ZoneInfo) -> str:
    begun = state.started_at is not None
    at = state.clock.instant(second) if begun else row.planned_at + timedelta(seconds=second)
    return f"{at.astimezone(zone):%H:%M}" if at else ""


def _phases(
    row: Exercise, state: State, stimuli: Mapping[str, paper.Stimulus], zone: ZoneInfo
) -> Sequence[paper.Phase]:
    """Each phase with what falls due before the next one; what was shifted stands in the phase of its new time."""
    dated = sorted((slot for slot in state.slots.values() if slot.at is not None), key=by_time)
    starts = [one.start * 60.0 for one in state.kit.phases]
    ends = [*starts[1:], float("inf")]
    found = []
    for rank, (phase, end) in enumerate(zip(state.kit.phases, ends, strict=True)):
        begin = starts[rank] if rank else float("-inf")
        inside = tuple(stimuli[one.stimulus.id] for one in dated if begin <= (one.at or 0.0) < end)
        found.append(paper.Phase(phase.title, phase.start, _hour(row, state, starts[rank], zone), inside))
    return found


def _stimulus(kit: Kit, slot: Slot, clock: str, lang: Lang) -> paper.Stimulus:
    one, names = slot.stimulus, kit.cell_names
    return paper.Stimulus(
        id=one.id,
        minute=None if slot.at is None else round(slot.at / 60),
        clock=clock,
        sender=one.sender,
        cells=tuple(names[cell] for cell in one.to),
        channel=paper.Channel(one.channel.value),
        channel_name=CHANNELS[one.channel].render(lang),
        title=one.title,
        body=one.body,
        attachments=one.attachments,
        hint=one.hint or "",
        reactions=tuple(paper.Reaction(x.text, x.within, names[x.cell or one.to[0]]) for x in one.expects),
        conditions=tuple(_condition(kit, each, lang) for each in one.when),
        mandatory=one.mandatory,
    )


def _condition(kit: Kit, one: Condition, lang: Lang) -> str:
    """`S01.b non observée`, or the option of a decision as it is written."""
    if one.reaction:
        return f"{one.reaction} {OUTCOMES[Outcome(one.answer)].render(lang)}"
    decision = next(each for each in kit.decisions if each.id == one.decision)
    label = next(option.label for option in decision.options if option.id == one.answer)
    return f"«\u00a0{label}\u00a0»" if lang == "fr" else f"“{label}”"


def _decision(kit: Kit, one: Decision) -> paper.Decision:
    """A fork, each option with the stimuli that wait for it."""
    options = []
    for option in one.options:
        waits = [
            each.id for each in kit.stimuli if any(w.decision == one.id and w.answer == option.id for w in each.when)
        ]
        options.append(option.label + (f" → {', '.join(waits)}" if waits else ""))
    return paper.Decision(one.question, tuple(options))
