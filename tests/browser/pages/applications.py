"""The pages of application files and of the yearly base."""

from __future__ import annotations

from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    return {"ght": site.hospitals.ght, "entity": site.hospitals.valley_entity}


SUBJECT = Subject(
    known,
    visits(
        "administrator",
        application_files="/applications",
        applications_of_a_ght="/applications/ght/{ght}",
        application_paid="/applications/ght/{ght}/care-d1",
        application_under_way="/applications/ght/{ght}/care-d2",
        application_to_open="/applications/ght/{ght}/care-d1bis",
        application_edit="/applications/ght/{ght}/care-d2/edit",
        application_correct="/applications/ght/{ght}/care-d2/correct",
        socle_everywhere="/socle",
    )
    | visits(
        "ciso",
        applications_here="{valley}/applications",
        socle_here="{valley}/socle",
        socle_last_year="{valley}/socle/2025",
        application_of_a_member="/applications/legal_entity/{entity}/care-d2",
    )
    | visits(
        "visitor", socle_read="{valley}/socle", application_read="/applications/legal_entity/{entity}/hospiconnect"
    ),
)
