"""The pages of the catalogue."""

from __future__ import annotations

from care.services.catalogue import CatalogueFilter, list_offers
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    found = list_offers(site.platform, MACHINE, CatalogueFilter("annuaire accompagné"))
    return {"offer": found.offers[0].entry_id}


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        catalogue="/catalogue",
        catalogue_searched="/catalogue?q=exercice&kind=document",
        catalogue_empty="/catalogue?q=rien",
    )
    | visits(
        "administrator",
        new_offer="/catalogue/new",
        edit_offer="/catalogue/{offer}",
    ),
)
