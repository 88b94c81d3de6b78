"""Deadlines: what falls due in an establishment, and the file of it for calendars."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from care.domain.deadlines import DeadlineKind
from care.services import deadlines
from care.services.deadlines import DeadlineFilter, DeadlineLine
from care.web.pages import asked_page
from care.web.people import platform, scope

pages = Blueprint(
    "deadlines", __name__, template_folder="templates", url_prefix="/establishments/<int:establishment_id>/deadlines"
)
PER_PAGE = 50
LATE = "late"


@dataclass(frozen=True)
class Week:
    """The deadlines of one week; `monday` is None for those that are over."""

    monday: date | None
    lines: tuple[DeadlineLine, ...]


@pages.get("")
def index(establishment_id: int) -> str:
    """What falls due, overdue things first, then week by week."""
    wanted = _wanted()
    found = deadlines.list_deadlines(platform(), scope(), establishment_id, wanted)
    return render_template("deadlines/index.html", found=found, wanted=wanted, weeks=_weeks(found.page.lines))


@pages.get("/calendar.ics")
def calendar(establishment_id: int) -> ResponseReturnValue:
    """The same as an iCalendar file."""
    content = deadlines.calendar_file(platform(), scope(), establishment_id)
    headers = {"Content-Disposition": 'attachment; filename="echeances.ics"'}
    return Response(content, content_type="text/calendar; charset=utf-8", headers=headers)


def _wanted() -> DeadlineFilter:
    kind = request.args.get("kind", "")
    return DeadlineFilter(
        kind=DeadlineKind(kind) if kind in list(DeadlineKind) else None,
        late_only=request.args.get("when") == LATE,
        number=asked_page(),
        per_page=PER_PAGE,
    )


def _weeks(lines: Iterable[DeadlineLine]) -> list[Week]:
    return [Week(monday, tuple(group)) for monday, group in groupby(lines, key=lambda line: line.week)]
