"""What is new in a cell, as a fragment of its players' pages: asked for, or sent down their streams."""

from __future__ import annotations

from flask import render_template, request, url_for

from care.domain.exercises import Round
from care.services.exercises import playing
from care.services.exercises.playing import Inbox
from care.services.exercises.questionnaires import token_of
from care.web.language import current_language
from care.web.people import platform
from care.web.play.guests import here
from care.web.same import Same

_SAME: Same[str] = Same()


def news_at(mark: str) -> str:
    """The list of the inbox, or the bar of another page (`here` in the address; `of` names its stimulus), as they are
    at a mark of the cell: made once for all who look at the same."""
    who, asked = here(), (request.args.get("here", ""), request.args.get("of", ""))
    rooms = platform().rooms  # those of this platform: tests have several
    return _SAME.made((rooms, who.exercise_id, who.cell, mark, current_language(), *asked), _news)


def _news() -> str:
    found, of = inbox_here(), request.args.get("of")
    one = next((one for one in found.received if one.id == of), None)
    return render_template("play/news.html", inbox=found, one=one, sitting=here(), hot=hot())


def inbox_here() -> Inbox:
    """The inbox of the cell of who asks; the messages before the one that the address names, if it does."""
    return playing.inbox(platform(), here(), min(max(0, request.args.get("before", 0, int)), 2**62))


def hot() -> str:
    """Where players say what they thought of the exercise."""
    return url_for("debrief.questionnaire", questionnaire=token_of(platform(), here().exercise_id, Round.HOT))
