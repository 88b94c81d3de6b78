"""The pages of the self-assessment of crisis maturity."""

from __future__ import annotations

from care.services.exercises.reading import list_exercises
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    found = list_exercises(site.platform, MACHINE, site.hospitals.valley)
    return {"over": next(one.id for one in found.over if one.started_at)}


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        maturity="{valley}/maturity",
        maturity_theme="{valley}/maturity/2",
        maturity_of_exercise="{valley}/exercises/{over}/maturity",
    )
    | visits("visitor", visitor_maturity="{valley}/maturity/5")
    | visits("administrator", no_maturity="{hill}/maturity"),
)
