"""Who is asking. Every page wants someone signed in, except those marked `@open_to_all`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from care.domain.access import Scope
from care.services.errors import SignInRequired
from care.services.platform import Platform

F = TypeVar("F", bound=Callable[..., Any])


def open_to_all(view: F) -> F:
    """Mark a page that anyone may see, signed in or not."""
    view.open_to_all = True  # type: ignore[attr-defined]
    return view


def platform() -> Platform:
    """The platform this application was made for."""
    return cast("Platform", current_app.extensions["care"])


def scope() -> Scope:
    """Who is signed in. SignInRequired when nobody is."""
    who: Scope | None = g.get("scope")
    if who is None:
        raise SignInRequired
    return who


def init_people(app: Flask) -> None:
    """Find who is asking before each request, and send strangers to the sign-in page."""

    @app.before_request
    def recognise() -> ResponseReturnValue | None:
        g.scope = None
        view = app.view_functions.get(request.endpoint or "")
        if g.scope is None and view is not None and request.endpoint != "static":
            return None if hasattr(view, "open_to_all") else _to_sign_in()
        return None

    @app.errorhandler(SignInRequired)
    def ask(_error: SignInRequired) -> ResponseReturnValue:
        return _to_sign_in()


def _to_sign_in() -> ResponseReturnValue:
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("account.sign_in", next=back))
