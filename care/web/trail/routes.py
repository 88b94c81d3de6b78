"""The audit trail: searching it, taking it away as a file, having its chain read again."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.services import trail_search
from care.services.errors import Forbidden
from care.services.trail_export import may_export, signed_trail
from care.services.trail_search import TrailFilter
from care.web.days import plausible
from care.web.pages import asked_page
from care.web.people import platform, scope
from care.web.proof.guard import proof_asked
from care.web.trail.words import DETAILS, action_names, thing_names

pages = Blueprint("trail", __name__, template_folder="templates", url_prefix="/trail")


@pages.before_request
def readers_only() -> None:
    """Nothing here is for who may read no trail."""
    if not scope().allows_somewhere(Right.READ_TRAIL):
        raise Forbidden


@pages.get("")
def index() -> str:
    """The events, the latest first."""
    wanted = _wanted()
    return render_template(
        "trail/index.html",
        found=trail_search.search(platform(), scope(), wanted),
        wanted=wanted,
        actions=action_names(),
        things=thing_names(),
        details=DETAILS,
        may_sign=may_export(scope()),
        verification=trail_search.last_verification(platform(), scope()),
    )


@pages.get("/export.csv")
@proof_asked
def export() -> ResponseReturnValue:
    """The same events as a spreadsheet, oldest first."""
    chunks = trail_search.export(platform(), scope(), _wanted(), action_names())
    headers = {"Content-Disposition": 'attachment; filename="journal.csv"'}
    return Response(chunks, content_type="text/csv; charset=utf-8", headers=headers)


@pages.get("/export.jsonl")
@proof_asked
def signed() -> ResponseReturnValue:
    """The whole chain, signed, for the script that verifies it offline."""
    chunks = signed_trail(platform(), scope())
    headers = {"Content-Disposition": 'attachment; filename="journal.jsonl"'}
    return Response(chunks, content_type="application/jsonl; charset=utf-8", headers=headers)


@pages.post("/verify")
def verify() -> ResponseReturnValue:
    """Have the whole chain read again."""
    trail_search.ask_verification(platform(), scope())
    flash(_("La relecture de la chaîne est demandée ; son résultat s’affichera ici."))
    return redirect(url_for("trail.index"))


def _wanted() -> TrailFilter:
    asked = request.args
    return TrailFilter(
        actor=asked.get("q", ""),
        action=asked.get("action", ""),
        thing_kind=asked.get("thing", ""),
        thing_id=asked.get("id", ""),
        since=asked.get("since", type=plausible),
        until=asked.get("until", type=plausible),
        number=asked_page(),
    )
