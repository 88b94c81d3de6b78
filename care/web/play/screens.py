"""The screen of the room, for a projector: nobody touches it for hours."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from care.domain.exercises import Seat
from care.services.exercises import showing
from care.web.people import platform
from care.web.play.blueprint import pages
from care.web.play.guests import here, seated


@pages.get("/play/screen")
@seated(Seat.SCREEN)
def screen() -> str:
    """The clock, the chapter, the press and what is put up on screens."""
    return render_template("play/screen.html", screen=showing.screen(platform(), here()), sitting=here(), **_hour())


@pages.get("/play/screen/now")
@seated(Seat.SCREEN)
def screen_now() -> ResponseReturnValue:
    """The same, to be shown in its place; 204 while nothing changed since `since`."""
    found = showing.screen(platform(), here())
    if request.args.get("since") == found.mark:
        return Response(status=204)
    return render_template("play/wall.html", screen=found, **_hour())


def _hour() -> dict[str, Any]:
    """What time it is, where the installation is: a screen in the room may be set to another zone."""
    return {"now": platform().clock.now(), "zone": platform().settings.timezone}
