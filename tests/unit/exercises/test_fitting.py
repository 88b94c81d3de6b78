"""A kit in the establishment's words, its paragraphs free of the line ends of its author's editor."""

from __future__ import annotations

import itertools

import pytest

from care.adapters.exercise_kits import shipped_kits
from exercises.fitting import fitted, flowing
from tests.unit.exercises.sample_kit import kit

LONG = "Quatorze patients se branchent à six heures et demie, les prescriptions sont dans l’ordinateur,"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{LONG}\nl’eau marche.", f"{LONG} l’eau marche."),
        (f"{LONG}\n{LONG}\nfin.\nSuite.", f"{LONG} {LONG} fin.\nSuite."),
        (f"{LONG}\n\nAutre paragraphe.", f"{LONG}\n\nAutre paragraphe."),
        ("Cordialement,\nDr Petit\nPoste 4512", "Cordialement,\nDr Petit\nPoste 4512"),
        (f"{LONG}\n- une liste\n- deux", f"{LONG}\n- une liste\n- deux"),
        (f"{LONG}\n1. d’abord", f"{LONG}\n1. d’abord"),
        (f"{LONG}\n19 h 19 – un journal", f"{LONG}\n19 h 19 – un journal"),
        (f"{LONG}\n**12 h 00**, le premier lot", f"{LONG} **12 h 00**, le premier lot"),
        (f"- {LONG}\n  la suite", f"- {LONG} la suite"),
        (f"{LONG}  \nun retour voulu", f"{LONG}  \nun retour voulu"),
        ("", ""),
    ],
)
def test_a_paragraph_is_one_line_and_what_was_broken_on_purpose_stays_so(text: str, expected: str) -> None:
    assert flowing(text) == expected


def test_words_take_the_place_of_variables() -> None:
    found = {one.id: one.body for one in fitted(kit(), {"lab": "LabExpert"}).stimuli}
    assert found["S02"] == "LabExpert ne répond plus."


def test_no_shipped_stimulus_keeps_a_line_wrapped_by_an_editor() -> None:
    for bundle in shipped_kits().values():
        for one in fitted(bundle.kit, {}).stimuli:
            lines = one.body.split("\n")
            pairs = itertools.pairwise(lines)
            assert [a for a, b in pairs if 90 < len(a) < 135 and b[:1].islower()] == [], (bundle.kit.id, one.id)
