"""The pages of logbooks."""

from __future__ import annotations

from care.services.exercises.reading import list_exercises
from care.services.logbooks.reading import list_logbooks
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    found = list_logbooks(site.platform, MACHINE, site.hospitals.valley)
    live = list_exercises(site.platform, MACHINE, site.hospitals.valley).live[0]
    return {"open": found.open[0].id, "closed": found.closed[0].id, "live": live.id}


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        logbooks="{valley}/logbooks",
        logbook="{valley}/logbooks/{open}",
        logbook_correcting="{valley}/logbooks/{open}?corrects=3",
        logbook_searched="{valley}/logbooks/{open}?q=rien",
        closed_logbook="{valley}/logbooks/{closed}",
        exercise_logbook="{valley}/exercises/{live}/logbook",
    )
    | visits("visitor", visitor_exercise_logbook="{valley}/exercises/{live}/logbook")
    | visits("administrator", no_logbooks="{hill}/logbooks"),
)
