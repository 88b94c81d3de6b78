"""The pages of impact analyses: one in force, a draft begun from it, an activity without any."""

from __future__ import annotations

from care.services.bia_list import list_bias
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    lines = list_bias(site.platform, MACHINE, site.hospitals.valley).lines
    both = next(one for one in lines if one.current and one.draft)
    bare = next(one for one in lines if one.current is None and one.draft is None)
    assert both.current
    assert both.draft
    return {
        "activity": both.activity_id,
        "current": both.current.id,
        "draft": both.draft.id,
        "bare": bare.activity_id,
    }


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        bias="{valley}/bia",
        bia_needs="{valley}/bia/activities/{activity}/needs",
        bia_start="{valley}/bia/activities/{bare}",
        bia_about="{valley}/bia/{draft}/fill/about",
        bia_impacts="{valley}/bia/{draft}/fill/impacts/staff",
        bia_times="{valley}/bia/{draft}/fill/interruption",
        bia_minimum="{valley}/bia/{draft}/fill/minimum",
        bia_review="{valley}/bia/{draft}/fill/review",
        bia_compare="{valley}/bia/{draft}/compare/{current}",
        bia_models="{valley}/bia/models",
        bia_model="{valley}/bia/models/urgences",
        bia_scale="{valley}/bia/scale",
        bia_questionnaire="{valley}/bia/questionnaire",
    )
    | visits("visitor", bia_versions="{valley}/bia/activities/{activity}")
    | visits("director", bia="{valley}/bia/{current}")
    | visits("administrator", no_bia="{hill}/bia"),
)
