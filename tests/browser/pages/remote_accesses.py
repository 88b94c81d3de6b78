"""The pages of the register of remote accesses."""

from __future__ import annotations

from care.services.remote_access.reading import read_accesses
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    register = read_accesses(site.platform, MACHINE, site.hospitals.valley)
    worst, good = register.page.lines[0].id, register.page.lines[-1].id
    return {"worst": worst, "good": good, "over": register.ended[0].id}


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        accesses="{valley}/remote-accesses",
        accesses_found="{valley}/remote-accesses?q=biologie",
        access="{valley}/remote-accesses/{worst}",
        access_good="{valley}/remote-accesses/{good}",
        access_over="{valley}/remote-accesses/{over}",
        access_new="{valley}/remote-accesses/new",
        access_edit="{valley}/remote-accesses/{good}/edit",
        accesses_import="{valley}/remote-accesses/import",
    )
    | visits("director", read_accesses="{valley}/remote-accesses")
    | visits("administrator", no_access="{hill}/remote-accesses"),
)
