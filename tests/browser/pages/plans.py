"""The pages of continuity plans, of the consistency check and of what is promised."""

from __future__ import annotations

from care.domain.plans import PlanStanding
from care.services.plan_reading import list_plans
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    lines = list_plans(site.platform, MACHINE, site.hospitals.valley).lines
    validated = next(one for one in lines if one.standing is PlanStanding.VALIDATED and one.pending_id)
    sent = next(one for one in lines if one.standing is PlanStanding.IN_VALIDATION)
    return {"validated": validated.id, "draft": validated.pending_id, "sent": sent.id}


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        plans="{valley}/pcra",
        new_plan="{valley}/pcra/new",
        plan="{valley}/pcra/{validated}",
        plan_draft="{valley}/pcra/{draft}",
        plan_outline="{valley}/pcra/{draft}/outline",
        plan_section="{valley}/pcra/{draft}/sections/hypotheses",
        compare_plans="{valley}/pcra/{draft}/compare/{validated}",
        consistency="{valley}/pcra/consistency",
        promised="{valley}/pcra/measured",
    )
    | visits("visitor", visitor_plan="{valley}/pcra/{validated}")
    | visits("director", plan_to_validate="{valley}/pcra/{sent}", validate_plan="{valley}/pcra/{sent}/validate")
    | visits("administrator", no_plan="{hill}/pcra", never_checked="{hill}/pcra/consistency"),
)
