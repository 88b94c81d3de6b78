"""The pages that help on the day of a crisis: directory, duties, checklist, pack."""

from __future__ import annotations

from care.services.crisis_contacts import open_directory
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    return {"contact": open_directory(site.platform, MACHINE, site.hospitals.valley).contacts[0].id}


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        crisis="{valley}/crisis",
        crisis_contacts="{valley}/crisis/contacts",
        new_contact="{valley}/crisis/contacts/new",
        edit_contact="{valley}/crisis/contacts/{contact}",
        import_contacts="{valley}/crisis/contacts/import",
        duties="{valley}/crisis/duties?detected=2026-03-27T22:30",
        new_duty="{valley}/crisis/duties/new",
        edit_duty="{valley}/crisis/duties/cnil",
        crisis_checklist="{valley}/crisis/checklist",
        crisis_packs="{valley}/crisis/packs",
    )
    | visits("visitor", visitor_crisis="{valley}/crisis", visitor_packs="{valley}/crisis/packs"),
)
