"""The logbook of the exercise for those who sit in it: a cell keeps its own, an observer reads all of them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from care.domain.exercises import Seat
from care.services.exercises import playing
from care.services.logbooks.reading import lines_of_seat
from care.services.logbooks.writing import write_from_seat
from care.web.logbooks.forms import LineForm
from care.web.people import platform
from care.web.play.blueprint import pages
from care.web.play.guests import here, seated


@pages.get("/play/logbook")
@seated(Seat.PLAYER, Seat.OBSERVER)
def logbook() -> str:
    """What was written, and the line to write."""
    form = LineForm()
    form.prepare({})
    return _page(form)


@pages.post("/play/logbook")
@seated(Seat.PLAYER, Seat.OBSERVER)
def write_line() -> ResponseReturnValue:
    """Write a line; a player’s comes from his cell."""
    form = LineForm(request.form)
    form.prepare({})
    now, zone = platform().clock.now(), ZoneInfo(platform().settings.timezone)
    code = form.saved(lambda: write_from_seat(platform(), here(), form.draft(now, zone)))
    return (_page(form), code) if code else redirect(url_for("play.logbook"))


def _page(form: LineForm) -> str:
    player = here().seat is Seat.PLAYER
    return render_template(
        "play/logbook.html",
        title="" if player else playing.booklet(platform(), here())[0],
        inbox=playing.inbox(platform(), here()) if player else None,
        lines=lines_of_seat(platform(), here()),
        form=form,
        sitting=here(),
    )
