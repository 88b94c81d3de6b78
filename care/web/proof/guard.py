"""What is grave is done by who has just proved who they are; the others prove it, then come back where they were."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from care.web.kept import kept_from
from care.web.people import scope
from care.web.proof.forms import ProofForm

F = TypeVar("F", bound=Callable[..., Any])


def proof_asked(view: F) -> F:
    """Ask for the password or a code before this page, unless that was done in the last minutes."""

    @wraps(view)
    def guarded(*args: object, **kwargs: object) -> ResponseReturnValue:
        scope()
        return cast("ResponseReturnValue", view(*args, **kwargs)) if g.get("proved") else _ask()

    return cast("F", guarded)


def _ask() -> ResponseReturnValue:
    """The page that asks. A form waits in it, one that holds a password is typed again."""
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": url_for("proof.ask", next=_came_from())})
    if request.method != "POST":
        return redirect(url_for("proof.ask", next=request.full_path.rstrip("?")))
    kept = kept_from(request, guarded=True)
    if kept is None:
        return redirect(url_for("proof.ask", next=_came_from(), again="yes"))
    return render_template("proof/ask.html", form=ProofForm(), refusal="", kept=kept), 401


def _came_from() -> str:
    """The page the form was on, when the browser says so."""
    known = urlsplit(request.referrer or "")
    if known.netloc != request.host:
        return url_for("home.start")
    return f"{known.path}?{known.query}" if known.query else known.path
