"""The pages of governance, of an establishment and of its GHT."""

from __future__ import annotations

from care.domain.access import Level, Place
from care.services.governance.committees import read_committees
from care.services.governance.roles import read_staffing
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    place = Place(Level.ESTABLISHMENT, site.hospitals.valley)
    meetings = read_committees(site.platform, MACHINE, place)
    roles = [one for function in read_staffing(site.platform, MACHINE, place).functions for one in function.here]
    return {
        "ght": f"/governance/ght/{site.hospitals.ght}",
        "meeting": meetings.last.id if meetings.last else None,
        "security_role": next((one.id for one in roles if one.name), None),
    }


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        governance="{valley}/governance",
        security_roles="{valley}/governance/roles",
        security_role="{valley}/governance/roles/{security_role}",
        new_security_role="{valley}/governance/roles/new",
        sizing="{valley}/governance/targets/rssi",
        budget="{valley}/governance/budget",
        budget_year="{valley}/governance/budget/2025",
        committees="{valley}/governance/committees",
        committee="{valley}/governance/committees/{meeting}",
        new_committee="{valley}/governance/committees/new",
        figures="{valley}/governance/figures",
        figure="{valley}/governance/figures/mfa_dpi_users",
        figure_with_margin="{valley}/governance/figures/ose_4d",
        figures_import="{valley}/governance/figures-import",
    )
    | visits(
        "administrator",
        ght_governance="{ght}",
        ght_roles="{ght}/roles",
        ght_budget="{ght}/budget",
        ght_committees="{ght}/committees",
        ght_figure="{ght}/figures/ins_qualified",
        no_budget="{far}/governance/budget",
    )
    | visits("visitor", visitor_roles="{valley}/governance/roles"),
)
