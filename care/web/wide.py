"""Pages over several establishments: the place comes as `?place=ght-3`, nothing for all that the reader sees."""

from __future__ import annotations

from collections.abc import Iterable

from flask import request

from care.domain.access import PLATFORM, Level, Place
from care.services.errors import NotFound
from care.services.place_choices import PlaceChoice
from care.web.pages import row_number


def asked_place() -> Place:
    """The place asked for; all that the reader sees when none is. NotFound for anything else."""
    asked = request.args.get("place", "")
    if not asked:
        return PLATFORM
    level, _, number = asked.partition("-")
    try:
        return Place(Level(level), row_number(number))
    except ValueError as error:
        raise NotFound from error


def written(place: Place) -> str:
    """A place as an address holds it."""
    return "" if place == PLATFORM else f"{place.level}-{place.id}"


def place_options(places: Iterable[PlaceChoice]) -> dict[str, str]:
    """The choices of a drop-down: each place with its number of establishments."""
    return {written(one.place): f"{one.name} ({one.establishments})" for one in places}
