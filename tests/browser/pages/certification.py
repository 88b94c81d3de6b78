"""The pages of certification."""

from __future__ import annotations

from care.services.certification.mock_visits import list_mocks
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    found = {one.state.value: one.id for one in list_mocks(site.platform, MACHINE, site.hospitals.valley)}
    return {"rehearsed": found["ended"], "rehearsing": found["open"], "entity": site.hospitals.valley_entity,
            "group": site.hospitals.ght}  # fmt: skip


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        certification="{valley}/certification",
        certification_assessment="{valley}/certification/assessment/has",
        certification_social="{valley}/certification/assessment/has-esms",
        certification_criterion="{valley}/certification/assessment/has/-",
        certification_evidence="{valley}/certification/evidence",
        certification_observed="{valley}/certification/evidence?by=observation",
        certification_mocks="{valley}/certification/mock",
        certification_new_mock="{valley}/certification/mock/new",
        certification_mock="{valley}/certification/mock/{rehearsed}",
        certification_open_mock="{valley}/certification/mock/{rehearsing}",
        certification_grid="{valley}/certification/mock/{rehearsing}/targeted_tracer",
        certification_papers="{valley}/certification/documents",
        certification_entity="/certification/legal_entity/{entity}",
    )
    | visits(
        "visitor",
        visitor_certification="{valley}/certification",
        visitor_certification_criterion="{valley}/certification/assessment/has-esms/3",
        visitor_certification_grid="{valley}/certification/mock/{rehearsed}/targeted_tracer",
        visitor_certification_papers="{valley}/certification/documents",
    )
    | visits(
        "administrator",
        no_certification="{hill}/certification",
        no_mocks="{hill}/certification/mock",
        certification_group="/certification/ght/{group}",
    ),
)
