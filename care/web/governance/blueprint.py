"""The pages of governance, of an establishment as of a legal entity or a GHT: one function, two addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from care.domain.access import Level, Place
from care.services.errors import Forbidden, NotFound
from care.services.governance.holding import HolderView
from care.web.people import platform

pages = Blueprint("governance", __name__, template_folder="templates")
SITE = "/establishments/<int:establishment_id>/governance"
GROUP = "/governance/<any(ght, legal_entity):level>/<int:place_id>"

View = TypeVar("View", bound=Callable[..., Any])
Where = Any
"""What an address says of the place: `establishment_id`, or `level` and `place_id`."""


def reads(path: str = "") -> Callable[[View], View]:
    """A page of a holder, whatever it is."""
    return _routed(path, "GET")


def writes(path: str = "") -> Callable[[View], View]:
    """What a form of a holder's page sends."""
    return _routed(path, "POST")


def _routed(path: str, method: str) -> Callable[[View], View]:
    def routed(view: View) -> View:
        for root in (SITE, GROUP):
            pages.add_url_rule(root + path, view.__name__, view, methods=[method])
        return view

    return routed


def place_in(where: dict[str, Where]) -> Place:
    """The place that an address names. NotFound for number 0."""
    number = where.get("establishment_id") or where.get("place_id")
    if not number:
        raise NotFound
    return Place(Level(where.get("level", Level.ESTABLISHMENT)), int(number))


def address_of(place: Place) -> dict[str, Where]:
    """What `url_for` needs to lead to a page of a place."""
    if place.level is Level.ESTABLISHMENT:
        return {"establishment_id": place.id}
    return {"level": place.level.value, "place_id": place.id}


def shown(template: str, holder: HolderView, **known: Any) -> str:  # noqa: ANN401 - what templates receive
    """A page of a holder. Templates know `holder`, `to` (its address) and `address_of`."""
    today = platform().clock.now().date()
    return render_template(
        f"governance/{template}.html",
        holder=holder,
        to=address_of(holder.place),
        address_of=address_of,
        today=today,
        **known,
    )


def back_to(endpoint: str, place: Place, **more: Any) -> ResponseReturnValue:  # noqa: ANN401 - as url_for
    """The page to go to once something is recorded."""
    return redirect(url_for(f"governance.{endpoint}", **address_of(place), **more))


def check_managed(holder: HolderView) -> None:
    """Forbidden for who only reads."""
    if not holder.may_manage:
        raise Forbidden
