"""The pages of the debrief of an exercise."""

from __future__ import annotations

from care.domain.exercises import ExerciseStage, Round
from care.services.exercises.questionnaires import token_of
from care.services.exercises.reading import list_exercises
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE
from tests.support.played import TITLE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    found = list_exercises(site.platform, MACHINE, site.hospitals.valley)
    played = next(one.id for one in found.over if one.title == TITLE)
    return {
        "played": played,
        "closed": next(one.id for one in found.over if one.stage is ExerciseStage.CLOSED),
        "waiting": found.to_come[0].id,
        "hot": token_of(site.platform, played, Round.HOT),
        "cold": token_of(site.platform, played, Round.COLD),
    }


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        debrief_early="{valley}/exercises/{waiting}/debrief",
        debrief="{valley}/exercises/{played}/debrief",
        debrief_timeline="{valley}/exercises/{played}/debrief/timeline",
        debrief_lessons="{valley}/exercises/{played}/debrief/lessons",
        debrief_answers="{valley}/exercises/{played}/debrief/questionnaires",
        debrief_poster="{valley}/exercises/{played}/debrief/questionnaires/hot",
        debrief_paper="{valley}/exercises/{played}/debrief/questionnaires/hot/paper",
        debrief_closing="{valley}/exercises/{played}/debrief/close",
        debrief_closed="{valley}/exercises/{closed}/debrief",
        debrief_corrected="{valley}/exercises/{closed}/debrief/close",
    )
    | visits("director", debrief_read="{valley}/exercises/{played}/debrief/lessons")
    | visits("anonymous", questionnaire="/q/{hot}", questionnaire_later="/q/{cold}", thanks="/q/{hot}/thanks"),
)
