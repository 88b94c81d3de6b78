"""The pages of requirements: of an establishment, of its legal entity and of its GHT."""

from __future__ import annotations

from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    return {"ght": site.hospitals.ght, "valley_entity": site.hospitals.valley_entity}


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        needs="{valley}/programme",
        needs_missing="{valley}/programme/missing",
        needs_framework="{valley}/programme/care-d2",
        needs_in_order="{valley}/programme/anssi-hygiene?order=text",
        needs_filtered="{valley}/programme/care-d2?status=not_met&q=sauvegarde",
        need="{valley}/programme/care-d2/P1",
        need_with_rules="{valley}/programme/care-d2/O3.A",
        need_answered="{valley}/programme/anssi-hygiene/2",
        needs_section="{valley}/programme/anssi-hygiene/section/I",
        needs_not_concerned="{valley}/programme/has-esms",
        needs_of_entity="/legal_entity/{valley_entity}/programme/recyf",
    )
    | visits(
        "administrator",
        needs_of_ght="/ght/{ght}/programme",
        need_of_ght="/ght/{ght}/programme/care-d2/O4",
        needs_nothing="{hill}/programme/missing?kind=programme",
    )
    | visits("visitor", visitor_needs="{valley}/programme", visitor_need="{valley}/programme/care-d2/O3.A"),
)
