"""Who visits: the cookie of a visitor, the guard of the pages that want one, and the note of every page.

The cookie opens the pages of one visit and nothing else of CaRE; nobody else’s cookie opens them. What a visitor asks
for is written down before it is shown, and what is refused is written down too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from care.services.errors import NotFound
from care.services.visits.entering import Looked, Shut, leave, visiting
from care.services.visits.files import NotGiven
from care.services.visits.viewing import CLOSED, NOT_GIVEN, View, note_view
from care.web.language import current_language
from care.web.people import address, open_to_all, platform

F = TypeVar("F", bound=Callable[..., Any])
OTHER = "other"
"""The page of an address that is none of a visit’s."""


def cookie_name() -> str:
    """The cookie of a visitor; over TLS, one that no other host can set."""
    return "__Host-care_visit" if platform().settings.secure else "care_visit"


def held() -> str:
    """The token that this browser holds, "" when it holds none."""
    return request.cookies.get(cookie_name(), "")


def visitor() -> Looked | Shut | None:
    """Who visits with this browser."""
    token = held()
    return visiting(platform(), current_language(), token) if token else None


def visited(page: str, thing: Callable[..., str] = lambda **_values: "") -> Callable[[F], F]:
    """Mark a page of visitors; `page` and `thing` are what is written down of it."""

    def guarded(view: F) -> F:
        @wraps(view)
        def guarding(**values: Any) -> ResponseReturnValue:  # noqa: ANN401 - those of the page
            found = visitor()
            if found is None:
                return render_template("visits/nobody.html"), 404
            asked = thing(**values)
            if isinstance(found, Shut):
                _note(found.access_id, CLOSED, f"{page} {asked}".strip(), allowed=False)
                return render_template("visits/shut.html", why=found.why.render(current_language())), 410
            g.looked = found
            return _noted(found, page, asked, lambda: cast("ResponseReturnValue", view(**values)))

        return cast("F", open_to_all(guarding))

    return guarded


def _noted(found: Looked, page: str, asked: str, make: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    number = cast("int", found.access_id)
    try:
        answer = make()
    except NotGiven as refusal:
        _note(number, NOT_GIVEN, asked, allowed=False)
        return render_template("visits/not_given.html", why=refusal.text.render(current_language())), 409
    except NotFound:
        _note(number, page, asked, allowed=False)
        return render_template("visits/not_found.html"), 404
    _note(number, page, asked, allowed=True)
    return answer


def _note(access_id: int, page: str, thing: str, *, allowed: bool) -> None:
    note_view(platform(), access_id, View(page, thing, address()), allowed=allowed)


def looked() -> Looked:
    """What may be looked at here: by a visitor, or by who previews the visit."""
    found: Looked = g.looked
    return found


def let_in(token: str, ends_at: datetime) -> Response:
    """The first page of the visit, with the cookie that opens it until the visit ends."""
    answer = redirect(url_for("visits.summary"))
    left = ends_at - platform().clock.now()
    answer.set_cookie(
        cookie_name(), token, max_age=left, httponly=True, samesite="Lax", secure=platform().settings.secure
    )
    return answer


def see_out() -> Response:
    """Forget this browser; the link opens again while the visit is open."""
    found = visitor()
    if isinstance(found, Looked) and found.access_id is not None:
        _note(found.access_id, "leave", "", allowed=True)
    leave(platform(), held())
    answer = redirect(url_for("visits.left"))
    answer.delete_cookie(cookie_name(), httponly=True, samesite="Lax", secure=platform().settings.secure)
    return answer
