"""The parts of the board: the whole page draws them all, a refresh sends those that changed since."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from zlib import crc32

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from care.services.exercises.directing import Board
from care.services.exercises.reading import ExerciseLine
from care.web.facilitation.desk import REFRESHED, desk_of
from care.web.facilitation.view import View
from care.web.formats import played_time
from care.web.forms import Form
from exercises.state import Stage

LIVE = ("news", "strip", "now", "line", "cells")


@dataclass(frozen=True)
class Answer:
    """What a command came to: words for everybody, the form to show again when it cannot be used."""

    said: str = ""
    wrong: bool = False
    status: int = 200
    form: Form | None = None
    desk: bool = False


def page(exercise: ExerciseLine, view: View, board: Board, answer: Answer) -> tuple[str, int]:
    """The whole page."""
    parts = _drawn(view, board, answer)
    seen = _seen(view, board, parts)
    whole = render_template(
        "facilitation/board.html", exercise=exercise, view=view, board=board, answer=answer, parts=parts, seen=seen,
        clock={**_clock(board), "shown": played_time(board.second)},
    )  # fmt: skip
    return whole, answer.status


def refreshed(view: View, board: Board, answer: Answer | None = None) -> ResponseReturnValue:
    """What changed since the browser last looked; 204 when nothing did. Every answer sets the clock."""
    headers = {"HX-Trigger": json.dumps({"exercise:clock": _clock(board)})}
    known = request.values.get("seen", "")
    if answer is None and known.partition("|")[0] == _mark(view, board):
        return Response(status=204, headers=headers)
    answer = answer or Answer()
    parts = _drawn(view, board, answer)
    seen = _seen(view, board, parts)
    before = set(known.split("|"))
    changed = [name for name, html in parts.items() if _print(name, html) not in before]
    if not (answer.desk or view.what in REFRESHED):
        changed = [name for name in changed if name != "desk"]
    sent = {name: _out_of_band(name, parts[name]) for name in changed}
    html = render_template("facilitation/refresh.html", parts=sent, answer=answer, seen=seen)
    return Response(html, answer.status, headers)


def only_desk(view: View, board: Board) -> ResponseReturnValue:
    """What lies on the desk, for a page that is open already."""
    html = _part("desk", view, board, Answer())
    return Response(html, headers={"HX-Trigger": json.dumps({"exercise:clock": _clock(board)})})


def _drawn(view: View, board: Board, answer: Answer) -> dict[str, Markup]:
    return {name: _part(name, view, board, answer) for name in (*LIVE, "desk")}


def _part(name: str, view: View, board: Board, answer: Answer) -> Markup:
    desk = desk_of(view, board, answer.form) if name == "desk" else None
    # The live parts are the same whatever lies on the desk: their links leave it out.
    shown = view if name == "desk" else replace(view, open="")
    html = render_template(f"facilitation/{name}.html", view=shown, board=board, desk=desk, Stage=Stage)
    return Markup(html)  # noqa: S704 - made by a template, which escapes


def _out_of_band(name: str, html: Markup) -> Markup:
    """A part that htmx puts in the place of the one of the same id."""
    mark = f'data-part="{name}"'
    return Markup(str(html).replace(mark, f'{mark} hx-swap-oob="true"', 1))  # noqa: S704 - the part, and an attribute


def _clock(board: Board) -> dict[str, object]:
    return {"second": round(board.second, 2), "runs": board.stage is Stage.RUNNING}


def _mark(view: View, board: Board) -> str:
    return f"{board.mark}.{view.show}.{view.cell}.{view.open if view.what in REFRESHED else ''}"


def _seen(view: View, board: Board, parts: dict[str, Markup]) -> str:
    return "|".join([_mark(view, board), *(_print(name, html) for name, html in parts.items())])


def _print(name: str, html: Markup) -> str:
    """A part as the browser remembers it; the token of its forms is another at each request."""
    return f"{name}:{crc32(html.replace(generate_csrf(), '').encode()):08x}"
