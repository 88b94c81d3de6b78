"""Who sits: the cookie of a seat, and the guard of the pages that want one.

A seat opens one exercise and nothing else of CaRE. Without the right one, its pages do not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from care.domain.exercises import Seat
from care.services.errors import NotFound
from care.services.exercises.seats import Sitting, leave, required, sitting, why_closed
from care.web.language import current_language
from care.web.people import open_to_all, platform

F = TypeVar("F", bound=Callable[..., Any])
HOMES = {Seat.PLAYER: "play.inbox", Seat.OBSERVER: "play.observe", Seat.SCREEN: "play.screen"}
"""Where each seat leads."""
COOKIE_LIFE = timedelta(days=60)
"""Badges may be handed out weeks before the day. What a seat opens ends a day after the exercise, whatever the
browser keeps."""


def cookie_name() -> str:
    """The cookie of a seat; over TLS, one that no other host can set."""
    return "__Host-care_seat" if platform().settings.secure else "care_seat"


def seat_token() -> str:
    """The token that this browser holds, "" when it holds none."""
    return request.cookies.get(cookie_name(), "")


def guest() -> Sitting | None:
    """Who sits here, None when nobody does."""
    token = seat_token()
    return sitting(platform(), token) if token else None


def seated(*seats: Seat) -> Callable[[F], F]:
    """Mark a page of some seats: it does not exist for anyone else, signed in or not."""

    def guarded(view: F) -> F:
        @wraps(view)
        def guarding(*args: Any, **values: Any) -> ResponseReturnValue:  # noqa: ANN401 - those of the page
            try:
                g.sitting = required(guest(), *seats)
            except NotFound:
                return _no_seat()
            return cast("ResponseReturnValue", view(*args, **values))

        return cast("F", open_to_all(guarding))

    return guarded


def _no_seat() -> ResponseReturnValue:
    """What a browser without the right seat gets: why, the way back in, and what it has not sent yet."""
    why = why_closed(platform(), seat_token())
    said = why.render(current_language()) if why else ""
    if request.accept_mimetypes.best == "application/json":
        return jsonify(error="no seat", **({"why": said} if said else {})), 404
    if request.headers.get("HX-Request"):
        return said, 404  # a page that is open: play.js shows it there
    return render_template("play/no_seat.html", why=said), 404


def here() -> Sitting:
    """Who asks for this page, which `seated` guards."""
    found: Sitting = g.sitting
    return found


def take_seat(answer: Response, token: str) -> Response:
    """Give the browser its seat with the answer; the seat that it held is given up."""
    held = seat_token()
    if held:
        leave(platform(), held)
    answer.set_cookie(
        cookie_name(), token, max_age=COOKIE_LIFE, httponly=True, samesite="Lax", secure=platform().settings.secure
    )
    return answer


def give_up_seat(answer: Response) -> Response:
    """Leave the exercise, here and in the database."""
    leave(platform(), seat_token())
    answer.delete_cookie(cookie_name(), httponly=True, samesite="Lax", secure=platform().settings.secure)
    return answer
