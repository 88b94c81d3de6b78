"""The region's pages of its federation."""

from __future__ import annotations

from care.services.federation.following import ReceivedFilter, list_received
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    lines = list_received(site.platform, MACHINE, ReceivedFilter()).lines
    taken = next(one for one in lines if one.aside)
    return {"arrival": taken.id, "installation": taken.installation_id}


SUBJECT = Subject(
    known,
    visits(
        "administrator",
        installations="/installations",
        new_installation="/installations/new",
        bring_bundles="/installations/bring",
        received_bundles="/installations/received",
        received_bundle="/installations/received/{arrival}",
        installation="/installations/{installation}",
        edit_installation="/installations/{installation}/edit",
    ),
)
