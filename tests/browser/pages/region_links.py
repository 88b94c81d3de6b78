"""The pages of the link with a region."""

from __future__ import annotations

from care.domain.federation import LinkState
from care.services.federation.links import list_links
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    of_state = {one.state: one.id for one in list_links(site.platform, MACHINE)}
    return {
        "asked_link": of_state[LinkState.ASKED],
        "link_to_confirm": of_state[LinkState.TO_CONFIRM],
        "link": of_state[LinkState.SENDING],
        "left_link": of_state[LinkState.LEFT],
    }


SUBJECT = Subject(
    known,
    visits(
        "administrator",
        region_links="/region-links",
        new_region_link="/region-links/new",
        asked_region_link="/region-links/{asked_link}",
        region_link_to_confirm="/region-links/{link_to_confirm}",
        region_link="/region-links/{link}",
        left_region_link="/region-links/{left_link}",
        edit_region_link="/region-links/{link}/edit",
        region_preview="/region-links/{link}/preview?holder=010000032",
        region_preview_pseudonyms="/region-links/{link_to_confirm}/preview",
    ),
)
