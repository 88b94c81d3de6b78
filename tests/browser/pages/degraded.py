"""The pages of degraded modes and paper kits."""

from __future__ import annotations

from care.services.degraded_coverage import coverage
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    lines = coverage(site.platform, MACHINE, site.hospitals.valley).activities
    activity = next(one for one in lines if one.kits)
    sheet, kit = activity.sheets[0], activity.kits[0]
    return {"activity": activity.activity_id, "sheet": sheet.id, "draft": sheet.draft_id, "kit": kit.id}


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        degraded_modes="{valley}/degraded",
        degraded_of_activity="{valley}/activities/{activity}/degraded",
        new_degraded_mode="{valley}/activities/{activity}/degraded/new?proposal=0",
        degraded_mode="{valley}/degraded/{sheet}",
        degraded_draft="{valley}/degraded/{draft}",
        edit_degraded_mode="{valley}/degraded/{draft}/edit",
        compare_degraded_modes="{valley}/degraded/{draft}/compare/{sheet}",
        paper_kits="{valley}/degraded/kits",
        paper_kit="{valley}/degraded/kits/{kit}",
        new_paper_kit="{valley}/activities/{activity}/kits/new",
        edit_paper_kit="{valley}/degraded/kits/{kit}/edit",
    )
    | visits("visitor", visitor_degraded_mode="{valley}/degraded/{sheet}")
    | visits("administrator", no_degraded_modes="{hill}/degraded", no_paper_kits="{hill}/degraded/kits"),
)
