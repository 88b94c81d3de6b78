"""The pages of the chronogram of an exercise."""

from __future__ import annotations

from care.services.exercises.reading import list_exercises
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    found = list_exercises(site.platform, MACHINE, site.hospitals.valley)
    return {"exercise": found.to_come[0].id, "live": found.live[0].id}


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        chronogram="{valley}/exercises/{exercise}/chronogram",
        chronogram_live="{valley}/exercises/{live}/chronogram",
        chronogram_new="{valley}/exercises/{exercise}/chronogram/new",
        chronogram_stimulus="{valley}/exercises/{exercise}/chronogram/stimuli/S01",
        chronogram_parts="{valley}/exercises/{exercise}/chronogram/parts",
        chronogram_import="{valley}/exercises/{exercise}/chronogram/import",
    ),
)
