"""The pages of the definitions of indicators."""

from __future__ import annotations

from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits


def known(_site: Site) -> dict[str, object]:
    return {}


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        indicators="/indicators",
        indicator_with_goals="/indicators/EXO-TX",
        indicator_with_levels="/indicators/ADS-DIST",
        indicator_of_requirement="/indicators/care-d2:O3.A",
    )
    | visits("administrator", indicators_to_measure="/indicators"),
)
