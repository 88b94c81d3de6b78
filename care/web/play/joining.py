"""Coming in with a badge: its code and PIN typed, or its QR; leaving, and taking another seat."""

from __future__ import annotations

import secrets

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from care.services.errors import Invalid, Refused, Throttled
from care.services.exercises.seats import Way, sit_with_pin, sit_with_token, sitting, way_in
from care.web.people import address, open_to_all, platform
from care.web.play.blueprint import pages
from care.web.play.forms import ArrivalForm, CodeForm
from care.web.play.guests import HOMES, give_up_seat, guest, seat_token, take_seat


@pages.get("/x")
@open_to_all
def enter() -> ResponseReturnValue:
    """The code and the PIN of a badge; who sits already is shown the way back."""
    return _ask(CodeForm())


@pages.post("/x")
@open_to_all
def sit() -> ResponseReturnValue:
    """Take the seat of a code and a PIN."""
    form = CodeForm(request.form)
    typed = form.code.data or "", form.pin.data or "", form.arrival()
    try:
        token = sit_with_pin(platform(), *typed, address(), _browser(), seat_token())
    except Invalid as refusal:
        form.blame(refusal)
        return _ask(form), 400
    except Throttled as refusal:
        form.refuse(refusal)
        return _ask(form), 429, {"Retry-After": str(round(refusal.retry_after.total_seconds()))}
    except Refused as refusal:
        form.refuse(refusal)
        return _ask(form), 409
    return _seated(token)


def _browser() -> str:
    """What tells a browser that types codes from those behind the same address."""
    name: str = session.setdefault("browser", secrets.token_hex(16))
    return name


def _ask(form: CodeForm) -> str:
    return render_template("play/enter.html", form=form, sitting=guest(), homes=HOMES)


@pages.get("/x/<token>")
@open_to_all
def badge(token: str) -> ResponseReturnValue:
    """The QR of a badge. Nothing happens until somebody says who he is: a preview of the link takes no seat. Who sits
    there already goes back to his page."""
    held = guest()
    try:
        way = way_in(platform(), token)
    except Refused as refusal:
        return _turned_away(refusal)
    if held is not None and (held.exercise_id, held.seat, held.cell) == (way.exercise_id, way.seat, way.cell):
        return redirect(url_for(HOMES[held.seat]))
    return _welcome(way, ArrivalForm())


@pages.post("/x/<token>")
@open_to_all
def sit_by_badge(token: str) -> ResponseReturnValue:
    """Take the seat of a QR."""
    form = ArrivalForm(request.form)
    try:
        return _seated(sit_with_token(platform(), token, form.arrival(), seat_token()))
    except Invalid as refusal:
        form.blame(refusal)
        return _welcome(way_in(platform(), token), form), 400
    except Refused as refusal:
        return _turned_away(refusal)


def _turned_away(refusal: Refused) -> ResponseReturnValue:
    """A QR that opens nothing (any more): its badge may be typed."""
    form = CodeForm()
    form.refuse(refusal)
    return _ask(form), 409


def _welcome(way: Way, form: ArrivalForm) -> str:
    return render_template("play/badge.html", way=way, form=form, sitting=guest())


def _seated(token: str) -> ResponseReturnValue:
    found = sitting(platform(), token)
    home = HOMES[found.seat] if found is not None else "play.enter"
    return take_seat(redirect(url_for(home)), token)


@pages.post("/x/leave")
@open_to_all
def leave() -> ResponseReturnValue:
    """Give the seat up, to go or to take another."""
    return give_up_seat(redirect(url_for("play.enter")))
