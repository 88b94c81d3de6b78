"""The establishment a page is about: named by its address, else the one last visited.

A page under `/establishments/<establishment_id>/` is found only by who may see that establishment: a stranger gets a
404 before the page's own code runs.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from flask import Flask, g, request, session

from care.domain.access import Right, lineage
from care.services.errors import NotFound
from care.services.registry import EstablishmentView, find_establishment
from care.web.people import platform, scope

VISITED = "place"


def place() -> EstablishmentView:
    """The establishment of this page."""
    here: EstablishmentView | None = g.get("place")
    if here is None:
        raise NotFound
    return here


T = TypeVar("T", bound="Belongs")


class Belongs(Protocol):
    """Anything of one establishment."""

    @property
    def establishment_id(self) -> int:
        """The establishment it belongs to."""


def of_this_place(thing: T) -> T:
    """`thing`, if it belongs to the establishment of the address; NotFound otherwise."""
    if thing.establishment_id != place().id:
        raise NotFound
    return thing


def may(right: Right, here: EstablishmentView | None = None) -> bool:
    """Whether this person has a right on an establishment, that of this page unless given."""
    here = here or place()
    return scope().allows(
        right,
        lineage(region=here.region_id, ght=here.ght_id, legal_entity=here.legal_entity_id, establishment=here.id),
    )


def several_places() -> bool:
    """Whether this person may see more than one establishment."""
    reach = scope().reach(Right.SEE)
    groups = reach.everywhere or reach.regions or reach.ghts or reach.legal_entities
    return bool(groups) or len(reach.establishments) > 1


def init_place(app: Flask) -> None:
    """Find the establishment before each page, once the person is known."""

    @app.before_request
    def locate() -> None:
        g.place = None
        if g.get("scope") is None or request.endpoint in (None, "static"):
            return
        asked = (request.view_args or {}).get("establishment_id")
        if asked is not None:
            g.place = find_establishment(platform(), scope(), asked)
            if session.get(VISITED) != asked:  # a cookie that says the same is not signed and sent again
                session[VISITED] = asked
        elif VISITED in session:
            g.place = _still_visible(session[VISITED])


def _still_visible(establishment_id: int) -> EstablishmentView | None:
    try:
        return find_establishment(platform(), scope(), establishment_id)
    except NotFound:
        session.pop(VISITED, None)
        return None
