"""Actions over time, by priority and effort, and as files, for an establishment or a wider place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask_babel import gettext as _

from care.domain.access import Level, Place, Right, Scope
from care.services.action_boards import Matrix, Timeline, matrix, timeline
from care.services.action_exports import actions_calendar, actions_csv, actions_json, actions_xlsx, plan_pdf
from care.services.action_query import EVERYTHING, ActionFilter
from care.services.place_choices import places_to_choose
from care.services.platform import Platform
from care.web import labels
from care.web.actions.routes import wanted_actions
from care.web.files import attachment
from care.web.people import platform, scope
from care.web.place import may
from care.web.wide import asked_place, place_options

pages = Blueprint("plans", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/actions"
EXPORTS: dict[str, Callable[[Platform, Scope, Place, ActionFilter], bytes]] = {
    "csv": actions_csv,
    "xlsx": actions_xlsx,
    "json": actions_json,
    "ics": actions_calendar,
}
FILTERS = ("place", "q", "state", "severity", "funding", "source", "rule", "mine", "sort")


@pages.get(f"{HERE}/timeline")
def over_time(establishment_id: int) -> str:
    """The actions of the establishment over time."""
    return _over_time(_of(establishment_id), {"establishment_id": establishment_id})


@pages.get("/actions/timeline")
def everywhere_over_time() -> str:
    """The actions of a wider place over time."""
    return _over_time(asked_place(), {})


@pages.get(f"{HERE}/matrix")
def by_effort(establishment_id: int) -> str:
    """The open actions of the establishment by priority and effort."""
    return _by_effort(_of(establishment_id), {"establishment_id": establishment_id})


@pages.get("/actions/matrix")
def everywhere_by_effort() -> str:
    """The open actions of a wider place by priority and effort."""
    return _by_effort(asked_place(), {})


@pages.get(f"{HERE}/export.<form>")
def export(establishment_id: int, form: str) -> Response:
    """The actions of the establishment as a file, same filters as the list."""
    return _export(_of(establishment_id), form)


@pages.get("/actions/export.<form>")
def everywhere_export(form: str) -> Response:
    """The actions of a wider place as a file, same filters as the list."""
    return _export(asked_place(), form)


@pages.get(f"{HERE}/plan.pdf")
def plan(establishment_id: int) -> Response:
    """The remediation plan of the establishment."""
    return _plan(_of(establishment_id))


@pages.get("/actions/plan.pdf")
def everywhere_plan() -> Response:
    """The remediation plan of a wider place."""
    return _plan(asked_place())


@pages.app_template_global("board_links")
def board_links(establishment_id: int | None) -> dict[str, Any]:
    """Where the list, the other views and the files of the same actions are, filters kept.

    `establishment_id` None is for a wider place. `files` is empty for who may not export.
    """
    kind = "everywhere_" if establishment_id is None else ""
    here: dict[str, Any] = {} if establishment_id is None else {"establishment_id": establishment_id}
    kept: dict[str, Any] = {name: request.args.getlist(name) for name in FILTERS if request.args.get(name)}
    exports = scope().allows_somewhere(Right.EXPORT) if establishment_id is None else may(Right.EXPORT)
    forms = {"xlsx": _("Classeur (XLSX)"), "csv": "CSV", "ics": _("Calendrier (iCalendar)"), "json": "JSON"}
    files = {words: url_for(f"plans.{kind}export", form=form, **here, **kept) for form, words in forms.items()}
    if exports:
        files = {_("Plan de remédiation (PDF)"): url_for(f"plans.{kind}plan", **here, **kept), **files}
    return {
        "list": url_for("actions.everywhere" if kind else "actions.index", **here, **kept),
        "time": url_for(f"plans.{kind}over_time", **here, **kept),
        "matrix": url_for(f"plans.{kind}by_effort", **here, **kept),
        "files": files if exports else {},
    }


def _of(establishment_id: int) -> Place:
    return Place(Level.ESTABLISHMENT, establishment_id)


def _over_time(where: Place, address: dict[str, Any]) -> str:
    wanted = wanted_actions() if request.args.get("state") else replace(wanted_actions(), states=())
    return _board("plans/timeline.html", timeline(platform(), scope(), where, wanted), wanted, address)


def _by_effort(where: Place, address: dict[str, Any]) -> str:
    wanted = wanted_actions()
    return _board("plans/matrix.html", matrix(platform(), scope(), where, wanted), wanted, address)


def _board(template: str, board: Timeline | Matrix, wanted: ActionFilter, address: dict[str, Any]) -> str:
    choices = () if address else places_to_choose(platform(), scope(), Right.SEE_ACTIONS)
    return render_template(
        template,
        board=board,
        wanted=wanted,
        state=request.args.get("state", ""),
        place_choices=place_options(choices),
        links=board_links(address.get("establishment_id")),
        wide=not address,
    )


def _export(where: Place, form: str) -> Response:
    if form not in EXPORTS:
        abort(404)
    return attachment(EXPORTS[form](platform(), scope(), where, wanted_actions()), f"actions.{form}")


def _plan(where: Place) -> Response:
    """The plan holds what is over too, unless a state was asked for; what a filter leaves out is said."""
    wanted = wanted_actions() if request.args.get("state") else replace(wanted_actions(), states=EVERYTHING.states)
    content = plan_pdf(platform(), scope(), where, wanted, ", ".join(_narrowed(wanted)))
    return attachment(content, "plan-de-remediation.pdf")


def _narrowed(wanted: ActionFilter) -> list[str]:
    """What the filter keeps, in words."""
    found = [str(labels.ACTION_STATE[state]) for state in wanted.states]
    found += [str(labels.SEVERITY[severity]) for severity in wanted.severities]
    found += [str(labels.ACTION_SOURCE[source]) for source in wanted.sources]
    found += [_("en retard")] * wanted.late + [_("les vôtres")] * wanted.mine
    return [*found, *(text for text in (wanted.funding, wanted.rule, wanted.words) if text)]
