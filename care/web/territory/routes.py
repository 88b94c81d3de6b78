"""Dashboards of places, one indicator, its map, its cohorts, its establishments; an establishment's own indicators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _

from care.domain.access import PLATFORM, Level, Place
from care.domain.indicators import Measure
from care.domain.months import Month, first_day, is_month, month_of, moved
from care.services.errors import NotFound
from care.services.indicators import dashboards, figures, glance, one_indicator, own, pictures, sites
from care.services.indicators.one_indicator import Split
from care.services.indicators.shown import part_written
from care.services.indicators.sites import Site, Standing
from care.services.indicators.territories import list_territories
from care.services.library import today
from care.web import wide
from care.web.pages import asked_page, row_number
from care.web.people import platform, scope
from care.web.watching import events_of, progress_of
from care.web.wide import place_in

pages = Blueprint("territory", __name__, template_folder="templates")
HERE = "/regions/<where>"
FIGURES = "/regions/figures"
ONE = f"{HERE}/indicators/<indicator_code>"
MINE = "/establishments/<int:establishment_id>/indicators"
NATION = "national"
FIRST_SHOWN = "EXO-TX"
"""What a map shows when nothing is asked: the indicator that every region reports."""
MONTHS_BACK = 25


@pages.get("/regions")
def index() -> ResponseReturnValue:
    """The widest place whose figures this person sees."""
    seen = list_territories(platform(), scope())
    if not seen:
        raise NotFound
    return redirect(url_for("territory.dashboard", where=written(seen[0].place)))


@pages.get(FIGURES)
def figures_again() -> str:
    """Having every figure made again: what it does, the last time, and how far it is."""
    return render_template("territory/figures.html", job=figures.last_making(platform(), scope()))


@pages.post(FIGURES)
def make_figures_again() -> ResponseReturnValue:
    """Have every figure made again."""
    figures.make_all_again(platform(), scope())
    return redirect(url_for("territory.figures_again"))


@pages.get(f"{FIGURES}/progress")
def figures_progress() -> ResponseReturnValue:
    """How far it is, as a fragment of the page."""
    return progress_of(figures.last_making(platform(), scope()))


@pages.get(f"{FIGURES}/events")
def figures_events() -> ResponseReturnValue:
    """The same, pushed as it happens."""
    return events_of(figures.last_making(platform(), scope()))


@pages.get(HERE)
def dashboard(where: str) -> str:
    """Every indicator of a place, by family."""
    place = _place(where)
    view = dashboards.read_dashboard(platform(), scope(), place, _month())
    waiting = glance.read_waiting(platform(), scope(), place)
    return _page("dashboard", where, view=view, month=view.month, glance=glance.glance_of(view), waiting=waiting)


@pages.get(f"{HERE}/map")
def on_map(where: str) -> str:
    """One indicator: over the regions for the nation, else over the establishments of the region."""
    place, code = _place(where), request.args.get("indicator", "") or FIRST_SHOWN
    if place == PLATFORM:
        nation = dashboards.read_nation(platform(), scope(), code, _month())
        chart = pictures.nation_map(nation, scope().lang, lambda one: _to("territory.on_map", one))
        return _page("nation", where, view=nation, chart=chart, month=nation.month, code=code, choices=_choices())
    found = sites.map_sites(platform(), scope(), place, code, _month())
    chart = pictures.sites_map(found, scope().lang, _own_address)
    return _page("map", where, view=found, chart=chart, month=found.month, code=code, choices=_choices())


@pages.get(ONE)
def one(where: str, indicator_code: str) -> str:
    """One indicator of a place: months, goals, spread, categories."""
    span = request.args.get("span", one_indicator.SPANS[0], type=row_number)
    view = one_indicator.read_indicator(platform(), scope(), _place(where), indicator_code, _month(), span)
    return _page("one", where, view=view, month=view.month, code=indicator_code, spans=one_indicator.SPANS)


@pages.get(f"{ONE}/establishments")
def establishments(where: str, indicator_code: str) -> str:
    """The establishments behind a figure."""
    asked = request.args.get("standing", "")
    standing = Standing(asked) if asked in list(Standing) else None
    view = sites.list_sites(platform(), scope(), _place(where), indicator_code, _month(), standing, asked_page())
    return _page("establishments", where, view=view, month=view.month, code=indicator_code)


@pages.get(f"{HERE}/compare")
def compare(where: str) -> str:
    """One indicator by cohort."""
    code, asked = request.args.get("indicator", "") or FIRST_SHOWN, request.args.get("by", "")
    split = Split(asked) if asked in list(Split) else Split.CATEGORY
    view = one_indicator.compare(platform(), scope(), _place(where), code, split, _month())
    return _page("compare", where, view=view, month=view.month, code=code, choices=_choices())


@pages.get(f"{HERE}/answers")
def answers(where: str) -> str:
    """Who answered in a month, and who did not."""
    view = sites.list_answering(platform(), scope(), _place(where), _month(), asked_page())
    return _page("answers", where, view=view, month=view.month)


@pages.get(MINE)
def mine(establishment_id: int) -> str:
    """The indicators of an establishment beside its region."""
    view = own.read_own(platform(), scope(), establishment_id, _month())
    return render_template("territory/mine.html", view=view, months=_months(view.month))


@pages.get(f"{MINE}/<indicator_code>")
def mine_one(establishment_id: int, indicator_code: str) -> str:
    """One indicator of an establishment: its months, and where it stands."""
    view = own.read_own_indicator(platform(), scope(), establishment_id, indicator_code, _month())
    return render_template("territory/mine_one.html", view=view, months=_months(view.month))


def _page(name: str, where: str, month: Month, **known: Any) -> str:  # noqa: ANN401 - read-models of any kind
    """A page over a place, with what every one of them offers: the places, and the months."""
    territories = {written(one.place): one.name for one in list_territories(platform(), scope())}
    return render_template(
        f"territory/{name}.html",
        where=where,
        territories=territories,
        months=_months(month),
        month=month,
        to={"where": where, "month": request.args.get("month") or None},
        name=territories.get(where, ""),
        may_make_again=figures.may_make_all_again(scope()),
        **known,
    )


def written(place: Place) -> str:
    """A place as the addresses of these pages hold it: `national`, `region-3`, `ght-7`."""
    return NATION if place == PLATFORM else wide.written(place)


def _place(where: str) -> Place:
    if where == NATION:
        return PLATFORM
    found = place_in(where)
    if found.level not in (Level.REGION, Level.GHT):
        raise NotFound
    return found


def _to(endpoint: str, place: Place) -> str:
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name != "page"}
    return url_for(endpoint, where=written(place), **kept)


def _own_address(site: Site) -> str:
    if not site.reachable or site.id is None:
        return ""
    return url_for("territory.mine", establishment_id=site.id)


def _month() -> Month | None:
    asked = request.args.get("month", "")
    if not asked:
        return None
    try:
        number = row_number(asked)
    except ValueError as error:
        raise NotFound from error
    if not is_month(number):
        raise NotFound
    return number


def _months(shown: Month) -> dict[str, str]:
    """The months that may be asked for, the latest first, and the one that is shown."""
    newest = month_of(today(platform()))
    offered = [moved(newest, -back) for back in range(MONTHS_BACK)]
    return {str(one): month_name(one) for one in sorted({*offered, shown}, reverse=True)}


def month_name(month: Month) -> str:
    """A month as people write it: novembre 2026."""
    return str(format_date(first_day(month), "MMMM y"))


def _choices() -> dict[str, dict[str, str]]:
    found = dashboards.indicator_choices(platform(), scope(), _month())
    return {family: dict(titles) for family, titles in found} or {_("Indicateurs"): {}}


@pages.app_template_filter("month_name")
def month_filter(month: Month) -> str:
    """A month as people write it."""
    return month_name(month)


@pages.app_template_filter("quartile")
def quartile(part: float, measure: Measure) -> str:
    """A quartile in words: a share, or a number."""
    return part_written(part, measure, scope().lang)


@pages.app_template_filter("spark")
def spark(line: dashboards.Line) -> list[str]:
    """The pieces of a small trend, as points of polylines in a box of 120 by 28; cut where nothing is known and where
    the definition changed."""
    step = 112 / max(len(line.series) - 1, 1)
    runs: list[list[str]] = [[]]
    for rank, part in enumerate(line.series):
        if part is None or rank in line.breaks:
            runs.append([])
        if part is not None:
            runs[-1].append(f"{4 + rank * step:.1f},{24 - 20 * part:.1f}")
    return [" ".join(run) for run in runs if run]
