"""The kits shipped: each is played to its end at accelerated time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from care.adapters.exercise_kits import SHIPPED, shipped_kits
from exercises.decide import Command, Decide, Observe, Pulse, Start, Tick, decide
from exercises.events import Dated, Interrupted, Verdict
from exercises.kit import Kit
from exercises.kit_check import reaction_id
from exercises.state import Standing, State, Why, evolve, initial
from tests.unit.exercises.test_engine import DEBEX


@pytest.mark.parametrize("kit_id", sorted(path.name for path in SHIPPED.glob("*") if path.is_dir()))
def test_each_kit_shipped_is_played_to_its_end(kit_id: str) -> None:
    """At accelerated time, nobody observing and no decision taken: everything is played, or left out for a reason."""
    bundle = shipped_kits()[kit_id]
    state, now, pulse = initial(bundle.kit), DEBEX, None
    for event in decide(state, Start(), now):
        state = evolve(state, Dated(now, "essai", event))
    for _ in range(bundle.kit.duration * 6 + 1):
        pulse = Pulse(now, state.clock.at(now))
        for event in decide(state, Tick(pulse), now):
            assert not isinstance(event, Interrupted)
            state = evolve(state, Dated(now, "essai", event))
        now += timedelta(seconds=10)
    left = {slot.standing for slot in state.slots.values()} - {Standing.PLAYED, Standing.RESERVE, Standing.SKIPPED}
    assert left <= {Standing.HELD}
    assert all(slot.why is Why.UNDECIDED for slot in state.held)
    assert sum(slot.standing is Standing.PLAYED for slot in state.slots.values()) >= len(bundle.kit.stimuli) / 2


@pytest.mark.parametrize("kit_id", sorted(path.name for path in SHIPPED.glob("*") if path.is_dir()))
def test_each_branch_of_each_kit_shipped_is_played(kit_id: str) -> None:
    """Each option of each decision once, with every reaction observed, then with all of them missed: once the decisions
    are taken nothing waits any more, and no stimulus is there that no way of playing brings."""
    kit = shipped_kits()[kit_id].kit
    ways = max((len(one.options) for one in kit.decisions), default=1)
    played: set[str] = set()
    for way in range(ways):
        options = {one.id: one.options[way % len(one.options)].id for one in kit.decisions}
        for verdict in (Verdict.SEEN, Verdict.MISSED):
            state = _played_through(kit, options, verdict)
            assert not {slot.standing for slot in state.slots.values()} & {Standing.HELD, Standing.WAITING}
            assert state.decisions == options
            played |= {key for key, slot in state.slots.items() if slot.standing is Standing.PLAYED}
    assert {one.id for one in kit.stimuli if not one.reserve} - played == set()


def _played_through(kit: Kit, options: Mapping[str, str], verdict: Verdict) -> State:
    """The exercise at its end: each decision taken once a stimulus waits for it, each reaction told of as it is due."""
    state, now, pulse = initial(kit), DEBEX, None
    commands: list[Command] = [Start()]
    for _ in range(kit.duration * 6 + 2):
        for command in commands:
            for event in decide(state, command, now):
                state = evolve(state, Dated(now, "essai", event))
        pulse = Pulse(now, state.clock.at(now))
        now += timedelta(seconds=10)
        commands = [Tick(pulse), *_decisions(state, options), *_observations(state, verdict, now)]
    return state


def _decisions(state: State, options: Mapping[str, str]) -> list[Command]:
    """What the facilitator settles: all that a held stimulus waits for."""
    waited = {one.decision for slot in state.held for one in slot.stimulus.when if one.decision}
    return [Decide(one, options[one]) for one in sorted(waited - set(state.decisions))]


def _observations(state: State, verdict: Verdict, now: datetime) -> list[Command]:
    """What an observer says of the stimuli just played."""
    here = [slot.stimulus for slot in state.slots.values() if slot.standing is Standing.PLAYED]
    names = [reaction_id(one, reaction) for one in here for reaction in one.expects]
    return [Observe(name, verdict, now) for name in names if name not in state.observations]


_MID_SENTENCE = re.compile(r"[^.!?:;»…)|\n]\n[a-zà-ÿœ«(]")
"""A line that ends without a stop before one that goes on in lower case: wrapped by hand."""


@pytest.mark.parametrize("kit_id", sorted(path.name for path in SHIPPED.glob("*") if path.is_dir()))
def test_no_sentence_is_cut_by_a_line_end(kit_id: str) -> None:
    """A line end stays a line end, on cards, in mails and in inboxes: a long line is one line of the file."""
    bundle = shipped_kits()[kit_id]
    texts = {one.id: one.body for one in bundle.kit.stimuli} | {
        key.value: text for key, text in bundle.booklets.items()
    }
    scenario = bundle.kit.scenario
    texts |= {"context": scenario.context, "start": scenario.start, "truth": scenario.truth}
    cut = {name: found[0] for name, text in texts.items() for found in _MID_SENTENCE.finditer(text) if len(text) > 110}
    assert not cut
