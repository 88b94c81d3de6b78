"""The pages of questions: where they stand, a section, a form on paper."""

from __future__ import annotations

from care.services.question_papers import print_form
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    assert site.platform is not None
    return {"form": print_form(site.platform, MACHINE, site.hospitals.valley, ["det_logs", "tlm_ways"])}


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        questions="{valley}/questions",
        questions_ways="{valley}/questions/tlm_ways",
        questions_logs="{valley}/questions/det_logs",
        questions_sessions="{valley}/questions/pdt_sessions",
        questions_paper="{valley}/questions/paper/{form}",
    )
    | visits("visitor", visitor_questions="{valley}/questions", visitor_section="{valley}/questions/det_watch"),
)
