"""The pages of the preparation of an exercise, and the one behind the link of an invitation."""

from __future__ import annotations

from care.services.exercises.guests import token_of
from care.services.exercises.reading import list_exercises
from care.store.exercises import ExerciseGuest
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE
from tests.web.exercises import plant_guests


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    found = list_exercises(site.platform, MACHINE, site.hospitals.valley)
    exercise = found.to_come[0].id
    guest = plant_guests(site.platform, exercise)
    with site.platform.database.read() as session:
        token = token_of(site.platform, session.get_one(ExerciseGuest, guest))
    return {"exercise": exercise, "live": found.live[0].id, "guest": guest, "guest_token": token}


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        preparation="{valley}/exercises/{exercise}/preparation",
        preparation_live="{valley}/exercises/{live}/preparation",
        preparation_guests="{valley}/exercises/{exercise}/preparation/guests",
        preparation_directory="{valley}/exercises/{exercise}/preparation/guests/directory",
        preparation_guest="{valley}/exercises/{exercise}/preparation/guests/{guest}",
        preparation_channels="{valley}/exercises/{exercise}/preparation/channels",
    )
    | visits("anonymous", exercise_invitation="/exercise-guest/{guest_token}"),
)
