"""The pages of the library of kits."""

from __future__ import annotations

from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits


def known(_site: Site) -> dict[str, object]:
    return {"kit": "rancongiciel-nuit-debutant", "best": "time=half_day&people=several&deciders=management&cell=once"}


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        exercise_kits="{valley}/exercises/kits",
        exercise_kit="{valley}/exercises/kits/{kit}",
        exercise_kit_booklet="{valley}/exercises/kits/{kit}/booklets/facilitators",
        exercise_kit_import="{valley}/exercises/import-kit",
        exercise_level="{valley}/exercises/level",
        exercise_level_advised="{valley}/exercises/level?{best}",
    )
    | visits("director", exercise_kit_read="{valley}/exercises/kits/{kit}", exercise_read="{valley}/exercises/kits"),
)
