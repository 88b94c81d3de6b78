"""The pages of lists of other tools."""

from __future__ import annotations

from care.services.lists import bringing
from scanners.lists.kinds import ListKind
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE
from tests.web.lists import plant_list


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    here = site.hospitals.valley
    confirmed = plant_list(site.platform, here)
    bringing.confirm(site.platform, MACHINE, confirmed)
    unread = plant_list(site.platform, here, "Matricule;Boîte\na;b\n", ListKind.ACCOUNTS, "inconnu.csv")
    waiting = plant_list(
        site.platform, here, "Nom;Dernier contact\nPC-1;2026-01-02\nPC-2;hier\n", ListKind.EDR, "edr.csv"
    )
    return {"list": waiting, "list_confirmed": confirmed, "list_unread": unread}


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        lists="{valley}/lists",
        list_new="{valley}/lists/new?kind=edr",
        list_waiting="{valley}/lists/{list}",
        list_confirmed="{valley}/lists/{list_confirmed}",
        list_unread="{valley}/lists/{list_unread}",
    )
    | visits("director", lists_of_director="{valley}/lists")
    | visits("administrator", no_list="{hill}/lists"),
)
