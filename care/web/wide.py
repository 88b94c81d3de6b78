"""Places in addresses and forms, written `ght-3`; pages over several establishments take theirs from `?place=ght-3`."""

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
    return place_in(asked) if asked else PLATFORM


def place_in(text: str | None) -> Place:
    """The place that an address or a form writes. NotFound for what names none."""
    level, _dash, number = (text or "").partition("-")
    try:
        return Place(Level(level), row_number(number))
    except ValueError as error:
        raise NotFound from error


def written(place: Place) -> str:
    """A place as an address or a form writes it."""
    return f"{place.level}-{place.id}"


def place_options(places: Iterable[PlaceChoice]) -> dict[str, str]:
    """The choices of a drop-down: each place with its number of establishments."""
    return {"" if one.place == PLATFORM else written(one.place): f"{one.name} ({one.establishments})" for one in places}
