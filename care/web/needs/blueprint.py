"""The pages of requirements, for an establishment and for those who answer above it (legal entity, GHT)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Blueprint

from care.domain.access import Level, Place
from care.services.errors import NotFound

pages = Blueprint("needs", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/programme"
ABOVE = "/<any(ght, legal_entity):level>/<int:place_id>/programme"
View = TypeVar("View", bound=Callable[..., object])


def at(path: str, method: str = "GET") -> Callable[[View], View]:
    """A page of every place: at `path` under an establishment and under those above it."""

    def added(view: View) -> View:
        for root in (HERE, ABOVE):
            pages.add_url_rule(root + path, view_func=view, methods=[method])  # type: ignore[arg-type]
        return view

    return added


def asked_place(where: Mapping[str, object]) -> Place:
    """The place of an address; NotFound for the number 0, which no place has."""
    level = Level(str(where.get("level", Level.ESTABLISHMENT.value)))
    number = where["establishment_id"] if level is Level.ESTABLISHMENT else where["place_id"]
    if not isinstance(number, int) or number == 0:
        raise NotFound
    return Place(level, number)


def of_place(place: Place) -> dict[str, Any]:
    """What an address of these pages needs to know of a place."""
    if place.level is Level.ESTABLISHMENT:
        return {"establishment_id": place.id}
    return {"level": place.level.value, "place_id": place.id}
