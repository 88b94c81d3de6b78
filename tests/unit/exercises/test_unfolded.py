"""A paragraph that a kit's author folded is one line again; a line that he ended stays ended."""

from __future__ import annotations

import pytest

from exercises.fitting import unfolded

LONG = "mot " * 28 + "fin"  # 115 signs


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{LONG}\nsuite", f"{LONG} suite"),
        (f"{LONG}\n{LONG}\nsuite", f"{LONG} {LONG} suite"),
        (f"{LONG}\n\nAutre paragraphe", f"{LONG}\n\nAutre paragraphe"),
        (f"{LONG}\n- un point", f"{LONG}\n- un point"),
        (f"{LONG}\n2. un point", f"{LONG}\n2. un point"),
        (f"{LONG}\n19 h 19 – un journal", f"{LONG}\n19 h 19 – un journal"),
        ("court\nsuite", "court\nsuite"),
        (f"- {LONG}\n  suite du point", f"- {LONG} suite du point"),
        ("", ""),
    ],
)
def test_only_what_was_folded_is_joined(text: str, shown: str) -> None:
    assert unfolded(text) == shown
