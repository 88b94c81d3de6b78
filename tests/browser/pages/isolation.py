"""The pages of isolation drills: their register, one that went well, one that did not, the forms."""

from __future__ import annotations

from care.services.backups.isolation_reading import list_isolations
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    lines = list_isolations(site.platform, MACHINE, site.hospitals.valley).lines
    return {"isolated": lines[0].id, "not_isolated": lines[1].id}


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        isolations="{valley}/isolation-drills",
        isolation="{valley}/isolation-drills/{isolated}",
        isolation_failed="{valley}/isolation-drills/{not_isolated}",
        isolation_new="{valley}/isolation-drills/new",
        isolation_edit="{valley}/isolation-drills/{isolated}/edit",
    )
    | visits("director", read_isolation="{valley}/isolation-drills/{isolated}")
    | visits("administrator", isolations_none="{hill}/isolation-drills"),
)
