"""The pages of the awareness plan."""

from __future__ import annotations

from care.domain.awareness import SessionKind
from care.services.awareness_reading import read_plan
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    plan = read_plan(site.platform, MACHINE, site.hospitals.valley)
    held = next(one.id for one in plan.held if one.kind is SessionKind.SESSION)
    return {"held": held, "planned": plan.coming[-1].id, "test": plan.phishing[-1].id, "year": plan.year}


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        awareness="{valley}/awareness",
        awareness_new="{valley}/awareness/new",
        awareness_edit="{valley}/awareness/{held}/edit",
        awareness_planned="{valley}/awareness/{planned}",
        awareness_phishing="{valley}/awareness/phishing",
        awareness_results="{valley}/awareness/{test}",
        awareness_results_edit="{valley}/awareness/{test}/edit",
        awareness_year="{valley}/awareness/year/{year}",
    )
    | visits("visitor", visitor_awareness="{valley}/awareness/{held}")
    | visits("administrator", no_awareness="{hill}/awareness"),
)
