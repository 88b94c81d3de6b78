"""What happened, in sentences: of what the kit does not know as well."""

from __future__ import annotations

from care.services.exercises.event_words import told
from exercises.events import Decided
from exercises.state import initial
from tests.unit.exercises.sample_kit import kit


def test_a_choice_is_told_by_its_words_else_by_its_id() -> None:
    state, fork = initial(kit()), kit().decisions[0]
    known = told(Decided(decision=fork.id, option=fork.options[0].id), state)
    assert known is not None
    assert known.fr == f"Choix de l’animation : {fork.question} → {fork.options[0].label}"
    for decision, option in ((fork.id, "gone"), ("gone", fork.options[0].id)):
        said = told(Decided(decision=decision, option=option), state)
        assert said is not None
        assert "gone" in said.fr
        assert "gone" in said.en
