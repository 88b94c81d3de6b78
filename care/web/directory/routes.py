"""The directory: its level and what to do, point by point, and who could take it over."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, request

from care.domain.access import Right
from care.services.directory.paths_reading import export_paths as write_paths
from care.services.directory.paths_reading import open_paths
from care.services.directory.point_list import PointFilter, list_points
from care.services.directory.reading import DirectoryView, directory_in, latest_directory, open_head
from care.web.files import attachment
from care.web.pages import asked_page, row_number
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from scanners.model import Status

pages = Blueprint(
    "directory", __name__, template_folder="templates", url_prefix="/establishments/<int:establishment_id>/directory"
)

MOST_WORDS = 300
"""The longest name that is looked for."""


@pages.get("")
def index(establishment_id: int) -> str:
    """The directory as its last audit saw it."""
    target = request.args.get("target", type=row_number)
    view = latest_directory(platform(), scope(), establishment_id, target)
    if view is None:
        if target is not None:
            abort(404)
        return render_template("directory/none.html", may_run=may(Right.RUN_AUDIT))
    return _one(view)


@pages.get("/<int:run_id>")
def one(establishment_id: int, run_id: int) -> str:
    """The directory as one audit saw it."""
    return _one(directory_in(platform(), scope(), run_id))


@pages.get("/<int:run_id>/points")
def points(establishment_id: int, run_id: int) -> str:
    """Every control point of the catalogue, as one audit answered it."""
    wanted = _wanted()
    found = list_points(platform(), scope(), run_id, wanted)
    of_this_place(found.head)
    return render_template("directory/points.html", found=found, wanted=wanted, may_run=may(Right.RUN_AUDIT))


@pages.get("/<int:run_id>/paths")
def paths(establishment_id: int, run_id: int) -> str:
    """Who could take the directory over, by which steps, and what to remove first."""
    view = open_paths(platform(), scope(), run_id, request.args.get("from", "")[:MOST_WORDS], asked_page())
    of_this_place(view.head)
    return render_template(
        "directory/paths.html", view=view, may_run=may(Right.RUN_AUDIT), may_export=may(Right.EXPORT)
    )


@pages.get("/<int:run_id>/paths.csv")
def export_paths(establishment_id: int, run_id: int) -> Response:
    """The path of everybody, for a spreadsheet."""
    of_this_place(open_head(platform(), scope(), run_id))
    return attachment(write_paths(platform(), scope(), run_id), f"chemins-{run_id}.csv")


def _one(view: DirectoryView) -> str:
    of_this_place(view.head)
    return render_template("directory/one.html", view=view, may_run=may(Right.RUN_AUDIT))


def _wanted() -> PointFilter:
    status, kind = request.args.get("status", ""), request.args.get("kind", "")
    return PointFilter(
        status=Status(status) if status in list(Status) else None,
        kind=kind,
        changed=bool(request.args.get("changed")),
        words=request.args.get("q", ""),
        number=asked_page(),
    )
