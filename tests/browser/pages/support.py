"""The pages of the support of establishments."""

from __future__ import annotations

from care.services.support.reading import open_support
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    return {"contact": open_support(site.platform, MACHINE, site.hospitals.valley).planned[0].id}


SUBJECT = Subject(
    known,
    visits(
        "administrator",
        support="/support",
        support_none="/support?q=introuvable",
        support_services="/support/services",
        support_of_one="{valley}/support",
        support_edit="{valley}/support/edit",
        support_new_contact="{valley}/support/contacts/new",
        support_contact="{valley}/support/contacts/{contact}",
    )
    | visits("ciso", my_support="{valley}/support"),
)
