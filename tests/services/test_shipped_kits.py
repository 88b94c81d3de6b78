"""The kits shipped: each is played to its end at accelerated time."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from care.adapters.exercise_kits import SHIPPED, shipped_kits
from exercises.decide import Pulse, Start, Tick, decide
from exercises.events import Dated, Interrupted
from exercises.state import Standing, Why, evolve, initial
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
