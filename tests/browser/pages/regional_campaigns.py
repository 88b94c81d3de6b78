"""The pages of regional campaigns."""

from __future__ import annotations

from care.services.regional.reading import list_campaigns
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    return {str(one.kind): one.id for one in list_campaigns(site.platform, MACHINE)}


SUBJECT = Subject(
    known,
    visits(
        "administrator",
        regional_campaigns="/regional-campaigns",
        new_regional_campaign="/regional-campaigns/new",
        regional_campaign="/regional-campaigns/{exercise}",
        edit_regional_campaign="/regional-campaigns/{exercise}/edit",
        regional_lessons="/regional-campaigns/{exercise}/lessons",
        regional_questionnaire="/regional-campaigns/{questionnaire}",
        regional_questionnaire_edit="/regional-campaigns/{questionnaire}/edit",
        regional_exposure="/regional-campaigns/{exposure}",
        regional_questions="/regional-campaigns/{questionnaire}/questions",
    )
    | visits(
        "ciso", asked_campaigns="{valley}/regional-campaigns", asked_questions="{valley}/questionnaires/{questionnaire}"
    )
    | visits("director", sheet_read="{valley}/questionnaires/{questionnaire}"),
)
