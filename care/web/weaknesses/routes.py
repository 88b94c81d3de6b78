"""Weaknesses over several establishments: one line per rule, then the establishments of one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from care.domain.access import Right
from care.domain.findings import State
from care.services import weaknesses
from care.services.remediation import sheet_for
from care.services.weaknesses import WeaknessFilter, WeaknessSort
from care.web.pages import asked_page
from care.web.people import platform, scope
from care.web.wide import asked_place, place_options
from scanners.model import Severity

pages = Blueprint("weaknesses", __name__, template_folder="templates")
EVERY_STATE = "all"
PER_PAGE = 25
SITES_PER_PAGE = 100
"""A GHT whole, so that one action can be made for all of it."""


@pages.get("/weaknesses")
def index() -> str:
    """The weaknesses of a place: open ones unless asked otherwise."""
    wanted = _wanted()
    found = weaknesses.list_weaknesses(platform(), scope(), asked_place(), wanted)
    return render_template(
        "weaknesses/index.html",
        found=found,
        wanted=wanted,
        state=request.args.get("state", State.OPEN.value),
        places=place_options(found.places),
        export=url_for("weaknesses.export", **_asked()) if scope().allows_somewhere(Right.EXPORT) else "",
    )


@pages.get("/weaknesses.csv")
def export() -> Response:
    """The same list as a CSV file, all its pages."""
    return _csv("faiblesses.csv", weaknesses.export_weaknesses(platform(), scope(), asked_place(), _wanted()))


@pages.get("/weaknesses/<rule_id>")
def one(rule_id: str) -> str:
    """One weakness: in which establishments, how many findings, and an action for them together."""
    found = weaknesses.open_weakness(platform(), scope(), asked_place(), rule_id, asked_page(), SITES_PER_PAGE)
    return render_template(
        "weaknesses/one.html",
        found=found,
        sheet=sheet_for(platform(), scope(), rule_id),
        places=place_options(found.places),
        may_export=scope().allows_somewhere(Right.EXPORT),
    )


@pages.get("/weaknesses/<rule_id>/sites.csv")
def export_sites(rule_id: str) -> Response:
    """The establishments of one weakness as a CSV file."""
    return _csv(f"{rule_id}.csv", weaknesses.export_weakness(platform(), scope(), asked_place(), rule_id))


def _csv(name: str, content: bytes) -> Response:
    answer = Response(content, mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _asked() -> dict[str, Any]:
    """The filters of this page, for the address of its export."""
    return {name: value for name, value in request.args.items() if value and name != "page"}


def _wanted() -> WeaknessFilter:
    asked = request.args
    state = asked.get("state", State.OPEN.value)
    severity = asked.get("severity", "")
    return WeaknessFilter(
        states=(State(state),) if state in list(State) else (),
        severity=Severity(severity) if severity in list(Severity) else None,
        scanner=asked.get("scanner", ""),
        words=asked.get("q", ""),
        shared=asked.get("shared") == "1",
        sort=WeaknessSort(asked["sort"]) if asked.get("sort") in list(WeaknessSort) else WeaknessSort.SEVERITY,
        number=asked_page(),
        per_page=PER_PAGE,
    )
