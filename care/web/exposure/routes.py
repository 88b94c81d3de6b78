"""Exposure: what the outside sees of an establishment, thing by thing, and what changed since the last audit."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from care.domain.access import Right
from care.domain.assets import AssetKind
from care.services.exposure.export import export_assets, export_json, export_workbook
from care.services.exposure.perimeter import open_map
from care.services.exposure.reading import open_exposure
from care.services.exposure.synthesis import open_synthesis
from care.services.exposure.things import AssetFilter, list_assets, open_asset
from care.web.files import attachment
from care.web.pages import asked_page
from care.web.people import platform, scope
from care.web.place import may, of_this_place

pages = Blueprint(
    "exposure", __name__, template_folder="templates", url_prefix="/establishments/<int:establishment_id>/exposure"
)
UNWATCHED = "unwatched"


@pages.get("")
def index(establishment_id: int) -> str:
    """What the outside sees now, what changed, which certificates end, what proves the level."""
    view = open_exposure(platform(), scope(), establishment_id)
    found = open_synthesis(platform(), scope(), establishment_id)
    return render_template("exposure/index.html", view=view, found=found, may_run=may(Right.RUN_AUDIT))


@pages.get("/plan")
def plan(establishment_id: int) -> str:
    """The technical synthesis: what is open by severity, and what to do about it by priority."""
    found = open_synthesis(platform(), scope(), establishment_id)
    return render_template("exposure/plan.html", found=found, may_export=may(Right.EXPORT))


@pages.get("/map")
def perimeter(establishment_id: int) -> str:
    """The perimeter as a picture and as a list."""
    return render_template("exposure/map.html", view=open_map(platform(), scope(), establishment_id))


@pages.get("/export.xlsx")
def workbook(establishment_id: int) -> Response:
    """Things, findings and plan as a workbook."""
    return attachment(export_workbook(platform(), scope(), establishment_id), "exposition.xlsx")


@pages.get("/export.json")
def document(establishment_id: int) -> Response:
    """The same for another tool."""
    return attachment(export_json(platform(), scope(), establishment_id), "exposition.json")


@pages.get("/assets")
def assets(establishment_id: int) -> str:
    """Every thing seen, by kind, those that are gone included when asked for."""
    wanted = _wanted()
    found = list_assets(platform(), scope(), establishment_id, wanted)
    presence = "1" if wanted.gone else UNWATCHED if wanted.unwatched else ""
    return render_template(
        "exposure/assets.html", found=found, wanted=wanted, presence=presence, may_export=may(Right.EXPORT)
    )


@pages.get("/assets.csv")
def assets_file(establishment_id: int) -> Response:
    """The same list, whole, as a spreadsheet."""
    return attachment(export_assets(platform(), scope(), establishment_id, _wanted()), "exposition.csv")


@pages.get("/assets/<int:asset_id>")
def asset(establishment_id: int, asset_id: int) -> str:
    """One thing: what is known of it, its weaknesses, its history."""
    view = of_this_place(open_asset(platform(), scope(), asset_id))
    return render_template("exposure/asset.html", view=view, one=view.line)


def _wanted() -> AssetFilter:
    kind = request.args.get("kind", "")
    return AssetFilter(
        kind=AssetKind(kind) if kind in list(AssetKind) else None,
        gone=request.args.get("gone") == "1",
        unwatched=request.args.get("gone") == UNWATCHED,
        aside=request.args.get("aside") == "1",
        words=request.args.get("q", "")[:100],
        number=asked_page(),
    )
