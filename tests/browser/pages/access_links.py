"""The links handed to suppliers, the reviews of accesses, and the pages behind the links."""

from __future__ import annotations

from dataclasses import asdict

from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits


def known(site: Site) -> dict[str, object]:
    assert site.access_links is not None
    return asdict(site.access_links)


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        supplier_links="{valley}/supplier-links",
        supplier_answers="{valley}/supplier-links/{link}",
        access_reviews="{valley}/access-reviews",
        access_review="{valley}/access-reviews/{review}",
    )
    | visits(
        "director",
        supplier_answers_read="{valley}/supplier-links/{link}",
        access_review_read="{valley}/access-reviews/{review}",
    )
    | visits("administrator", no_supplier_links="{hill}/supplier-links", no_access_reviews="{hill}/access-reviews")
    | visits("anonymous", supplier_door="/acces/{link_token}", owner_door="/acces/{owner_token}"),
)
