"""Who is asking. Every page wants someone signed in, except those marked `@open_to_all`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, Response, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as AnyResponse

from care.domain.access import Scope
from care.services.errors import SignInRequired
from care.services.platform import Platform
from care.services.sessions import Resumed, SignedIn, Stage, resume, sign_out
from care.web.account.forms import SignInForm
from care.web.kept import kept_from
from care.web.known_browsers import remember

F = TypeVar("F", bound=Callable[..., Any])


def open_to_all(view: F) -> F:
    """Mark a page that anyone may see, signed in or not."""
    view.open_to_all = True  # type: ignore[attr-defined]
    return view


def while_enrolling(view: F) -> F:
    """Mark a page that somebody may open who must have a second factor and has none yet."""
    view.while_enrolling = True  # type: ignore[attr-defined]
    return view


def half_done() -> Resumed | None:
    """The sign-in that is not over: a code is awaited, or a second factor must be added first."""
    found: Resumed | None = g.get("half")
    return found


def own_token() -> str:
    """The token this browser holds."""
    return request.cookies.get(_cookie_name(), "")


def platform() -> Platform:
    """The platform this application was made for."""
    return cast("Platform", current_app.extensions["care"])


def scope() -> Scope:
    """Who is signed in. SignInRequired when nobody is."""
    who: Scope | None = g.get("scope")
    if who is None:
        raise SignInRequired
    return who


def own_session() -> int | None:
    """The identifier of the session this browser holds."""
    number: int | None = g.get("session_id")
    return number


def address() -> str:
    """Where the request comes from, as the trail keeps it."""
    return request.remote_addr or ""


def open_session(signed_in: SignedIn, answering: Callable[[], AnyResponse]) -> AnyResponse:
    """Give the browser its token with the answer: unreadable by scripts, gone with the browser."""
    session.clear()  # a form prepared before signing in is worth nothing after
    g.scope, g.half = (signed_in.scope if signed_in.stage is Stage.OPEN else None), None
    answer = answering()
    secure = platform().settings.secure
    answer.set_cookie(_cookie_name(), signed_in.token, httponly=True, samesite="Lax", secure=secure)
    if signed_in.stage is not Stage.CODE:
        remember(answer, signed_in.scope.actor)
    return answer


def close_session(answer: AnyResponse) -> AnyResponse:
    """End the session here and in the database."""
    sign_out(platform(), request.cookies.get(_cookie_name(), ""))
    session.clear()
    answer.delete_cookie(_cookie_name(), httponly=True, samesite="Lax", secure=platform().settings.secure)
    return answer


def init_people(app: Flask) -> None:
    """Find who is asking before each request, and send strangers to the sign-in page."""

    @app.before_request
    def recognise() -> ResponseReturnValue | None:
        g.scope = None
        if request.endpoint == "static":
            return None
        view = app.view_functions.get(request.endpoint or "")
        _recognise(enrolling=hasattr(view, "while_enrolling"))
        return _to_sign_in() if g.scope is None and view and not hasattr(view, "open_to_all") else None

    @app.errorhandler(SignInRequired)
    def ask(_error: SignInRequired) -> ResponseReturnValue:
        return _to_sign_in()


def _recognise(*, enrolling: bool) -> None:
    token = own_token()
    found = resume(platform(), token, address()) if token else None
    if found is None:
        return
    if found.stage is not Stage.OPEN:
        g.half = found
    if found.stage is Stage.OPEN or (found.stage is Stage.ENROL and enrolling):
        g.scope, g.session_id, g.proved = found.scope, found.session_id, found.proved


_HALF_WAY = {Stage.CODE: "second_factor.ask", Stage.ENROL: "second_factor.mine"}


def _cookie_name() -> str:
    return "__Host-care_session" if platform().settings.secure else "care_session"


def _to_sign_in() -> ResponseReturnValue:
    """The sign-in page, then back. A fragment asked by htmx sends the whole page there.

    Somebody whose session ended while they were filling a form finds it again once signed in.
    """
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    half = half_done()
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": url_for("account.sign_in")})
    if half is not None:
        return redirect(url_for(_HALF_WAY[half.stage], next=back))
    kept = kept_from(request) if _cookie_name() in request.cookies else None
    if kept is not None:
        return render_template("account/sign_in.html", form=SignInForm(), refusal="", kept=kept), 401
    return redirect(url_for("account.sign_in", next=back))
