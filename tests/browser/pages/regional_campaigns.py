"""The pages of regional campaigns."""

from __future__ import annotations

from care.services.regional.reading import list_campaigns
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    return {"campaign": list_campaigns(site.platform, MACHINE)[0].id}


SUBJECT = Subject(
    known,
    visits(
        "administrator",
        regional_campaigns="/regional-campaigns",
        new_regional_campaign="/regional-campaigns/new",
        regional_campaign="/regional-campaigns/{campaign}",
        edit_regional_campaign="/regional-campaigns/{campaign}/edit",
        regional_lessons="/regional-campaigns/{campaign}/lessons",
    )
    | visits("ciso", asked_campaigns="{valley}/regional-campaigns"),
)
