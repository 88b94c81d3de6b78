"""The page of the facilitation, at several moments."""

from __future__ import annotations

from tests.browser.pages import exercises
from tests.browser.pages.visit import Subject, visits

LIVE = "{valley}/exercises/{live}/facilitation"

SUBJECT = Subject(
    exercises.known,
    visits(
        "ciso",
        facilitation_prepared="{valley}/exercises/{prepared}/facilitation",
        facilitation_start="{valley}/exercises/{prepared}/facilitation?open=start",
        facilitation_live=LIVE,
        facilitation_past=f"{LIVE}?show=past",
        facilitation_stimulus=f"{LIVE}?open=stimulus-S01",
        facilitation_reaction=f"{LIVE}?open=reaction-S01.a",
        facilitation_add=f"{LIVE}?open=add",
        facilitation_say=f"{LIVE}?open=say",
        facilitation_shift=f"{LIVE}?open=shift",
        facilitation_end=f"{LIVE}?open=end",
        facilitation_over="{valley}/exercises/{over}/facilitation",
    ),
)
