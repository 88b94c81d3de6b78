"""The pages of exercises."""

from __future__ import annotations

from care.services.exercises.reading import list_exercises
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    found = list_exercises(site.platform, MACHINE, site.hospitals.valley)
    return {"prepared": found.to_come[0].id, "live": found.live[0].id, "over": found.over[0].id}


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        exercises="{valley}/exercises",
        exercise_prepared="{valley}/exercises/{prepared}",
        exercise_live="{valley}/exercises/{live}",
        exercise_mails="{valley}/exercises/{live}/mails",
        exercise_over="{valley}/exercises/{over}",
        exercise_new="{valley}/exercises/new?kit=rancongiciel-nuit-debutant",
        exercise_edit="{valley}/exercises/{prepared}/edit",
        exercise_copy="{valley}/exercises/{over}/copy",
        exercise_words="{valley}/exercises/{prepared}/words",
        exercise_words_over="{valley}/exercises/{over}/words",
        prints_prepared="{valley}/exercises/{prepared}/prints",
    )
    | visits("administrator", no_exercises="{hill}/exercises"),
)
