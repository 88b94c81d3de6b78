"""The way in: first page, language, health."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from care.web.addresses import inside
from care.web.language import COOKIE
from care.web.people import open_to_all
from scanners.model import LANGS

pages = Blueprint("home", __name__, template_folder="templates")
ONE_YEAR_SECONDS = 31_536_000


@pages.get("/")
def start() -> Response:
    """The page a person starts from."""
    return redirect(url_for("rules.index"))


@pages.get("/health")
@open_to_all
def health() -> dict[str, str]:
    """Says that the application answers; for a supervisor."""
    return {"status": "ok"}


@pages.post("/language")
@open_to_all
def choose_language() -> Response:
    """Keep the language chosen, and go back to the page it was chosen on."""
    chosen = request.form.get("lang", "")
    if chosen not in LANGS:
        abort(400)
    answer = redirect(inside(request.form.get("next", "")))
    answer.set_cookie(COOKIE, chosen, max_age=ONE_YEAR_SECONDS, samesite="Lax", secure=request.is_secure, httponly=True)
    return answer
