"""The pages of those who have a seat instead of an account."""

from __future__ import annotations

from dataclasses import replace

from care.services.exercises.seats import badges
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.seats is not None
    return {"seats": site.seats, "token": badges(site.platform, MACHINE, site.seats)[0].token}


SUBJECT = Subject(
    known,
    visits("anonymous", seat_code="/x", seat_badge="/x/{token}")
    | visits(
        "ward", seat_inbox="/play", seat_stimulus="/play/stimuli/S01", seat_talk="/play/talk",
        seat_booklet="/play/booklet", seat_logbook="/play/logbook",
    )
    | visits("screen", seat_screen="/play/screen")
    | visits(
        "observer", seat_observe="/play/observe/", seat_observer_booklet="/play/booklet",
        seat_observer_log="/play/logbook",
    )
    | visits("ciso", seat_codes="{valley}/exercises/{seats}/codes")
    | {name: replace(one, status=404) for name, one in visits("anonymous", seat_lost="/play").items()},
)  # fmt: skip
