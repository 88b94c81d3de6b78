"""Machines: what protects how many, by site and by service, and the list of those that something is missing from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from flask import Blueprint, Response, abort, render_template, request

from care.domain.access import Right
from care.services.machines.listing import MachineFilter, export_machines, list_machines
from care.services.machines.reading import MachinesView, facts_in, latest_machines, machines_in
from care.services.machines.words import KINDS, KNOWN_OF, LACKS, SHORT, MachineKind
from care.web.files import attachment
from care.web.pages import asked_page, row_number
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from scanners.model import Text

pages = Blueprint(
    "machines", __name__, template_folder="templates", url_prefix="/establishments/<int:establishment_id>/machines"
)

MOST_WORDS = 120
K = TypeVar("K", bound=str)


@pages.get("")
def index(establishment_id: int) -> str:
    """The machines as the last audit of workstations put them together."""
    target = request.args.get("target", type=row_number)
    view = latest_machines(platform(), scope(), establishment_id, target)
    if view is None:
        if target is not None:
            abort(404)
        return render_template("machines/none.html", may_run=may(Right.RUN_AUDIT))
    return _one(view)


@pages.get("/<int:run_id>")
def one(establishment_id: int, run_id: int) -> str:
    """The machines as one audit put them together."""
    return _one(machines_in(platform(), scope(), run_id))


@pages.get("/<int:run_id>/list")
def listed(establishment_id: int, run_id: int) -> str:
    """The machines of one audit, by what they lack, where they are, who knows them."""
    wanted = _wanted()
    found = list_machines(platform(), scope(), run_id, wanted)
    of_this_place(found.head)
    return render_template(
        "machines/list.html",
        found=found,
        wanted=wanted,
        lacks=_said(LACKS),
        only=_said(KNOWN_OF),
        kinds=_said(KINDS),
        may_export=may(Right.EXPORT),
    )


@pages.get("/<int:run_id>/list.csv")
def list_file(establishment_id: int, run_id: int) -> Response:
    """The same list, whole, for a spreadsheet."""
    return _file(run_id, "csv")


@pages.get("/<int:run_id>/list.xlsx")
def workbook(establishment_id: int, run_id: int) -> Response:
    """The same list with the shares, by site and by service."""
    return _file(run_id, "xlsx")


def _file(run_id: int, form: str) -> Response:
    of_this_place(facts_in(platform(), scope(), run_id)[0])
    return attachment(export_machines(platform(), scope(), run_id, _wanted(), form), f"machines-{run_id}.{form}")


def _one(view: MachinesView) -> str:
    of_this_place(view.head)
    return render_template(
        "machines/one.html", view=view, means=_said(SHORT), may_run=may(Right.RUN_AUDIT), may_export=may(Right.EXPORT)
    )


def _said(words: Mapping[K, Text]) -> dict[K, str]:
    return {key: text.render(scope().lang) for key, text in words.items()}


def _wanted() -> MachineFilter:
    asked = request.args
    kind = asked.get("kind", "")
    return MachineFilter(
        words=asked.get("q", "")[:MOST_WORDS],
        missing=next((one for one in LACKS if one == asked.get("missing")), None),
        only=next((one for one in KNOWN_OF if one == asked.get("only")), None),
        kind=MachineKind(kind) if kind in list(MachineKind) else None,
        site=asked.get("site", "")[:MOST_WORDS],
        service=asked.get("service", "")[:MOST_WORDS],
        idle=asked.get("idle") == "1",
        number=asked_page(),
    )
