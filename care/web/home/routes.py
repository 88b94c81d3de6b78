"""The way in: first page, language, health."""

from __future__ import annotations

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from care.domain.access import Right
from care.services.accounts import change_profile, find_account
from care.services.registry import list_establishments
from care.services.setup import needs_setup
from care.web.addresses import inside
from care.web.language import COOKIE
from care.web.people import open_to_all, platform, scope
from scanners.model import LANGS

pages = Blueprint("home", __name__, template_folder="templates")
ONE_YEAR_SECONDS = 31_536_000


@pages.get("/")
@open_to_all
def start() -> ResponseReturnValue:
    """Where a person starts: first run, sign-in, the establishment last visited, the only one, or the choice."""
    if g.scope is None:
        return redirect(url_for("setup.first_run" if needs_setup(platform()) else "account.sign_in"))
    if g.place is not None:
        return redirect(url_for("establishments.home", establishment_id=g.place.id))
    found = list_establishments(platform(), scope())
    if len(found) == 1:
        return redirect(url_for("establishments.home", establishment_id=found[0].id))
    if found:
        return redirect(url_for("establishments.choose"))
    return render_template("home/nowhere.html", may_create=scope().allows_somewhere(Right.MANAGE_REGISTRY))


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
    if g.scope is not None:
        own = find_account(platform(), scope(), scope().account_id or 0)
        change_profile(platform(), scope(), own.name, own.email, chosen)
    answer = redirect(inside(request.form.get("next", "")))
    answer.set_cookie(COOKIE, chosen, max_age=ONE_YEAR_SECONDS, samesite="Lax", secure=request.is_secure, httponly=True)
    return answer
