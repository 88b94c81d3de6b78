"""The pages of the tests of continuity and of the 66 % rule."""

from __future__ import annotations

from care.services.continuity_test_reading import list_tests
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    board = list_tests(site.platform, MACHINE, site.hospitals.valley)
    return {
        "done": board.done[0].id,
        "planned": board.to_come[0].id,
        "ght": site.hospitals.ght,
        "entity": site.hospitals.valley_entity,
    }


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        tests="{valley}/tests",
        new_test="{valley}/tests/new",
        test_done="{valley}/tests/{done}",
        test_planned="{valley}/tests/{planned}",
        edit_test="{valley}/tests/{done}/edit",
        test_result="{valley}/tests/{done}/result",
    )
    | visits("visitor", visitor_test="{valley}/tests/{done}", coverage_of_one="/coverage/legal_entity/{entity}")
    | visits("administrator", no_tests="{hill}/tests", candidates="/coverage", coverage="/coverage/ght/{ght}"),
)
