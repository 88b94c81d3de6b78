"""The list of an establishment and of an activity; importing the other files gives them their routes."""

from __future__ import annotations

from flask import render_template

from care.services.activities import ActivityView, open_activity
from care.services.degraded_coverage import coverage
from care.services.degraded_proposals import proposed_modes
from care.services.degraded_reading import sheets_of_activity
from care.services.paper_kits import kits_of_activity, list_kits
from care.web.degraded import kits, printing, sheets
from care.web.degraded.blueprint import HERE, OF_ACTIVITY, pages
from care.web.people import platform, scope
from care.web.place import of_this_place

__all__ = ["kits", "pages", "printing", "sheets"]


@pages.get(f"{HERE}/degraded")
def index(establishment_id: int) -> str:
    """Every activity with its degraded modes and its kits; critical ones without any first."""
    return render_template("degraded/index.html", found=coverage(platform(), scope(), establishment_id))


@pages.get(f"{HERE}/degraded/kits")
def all_kits(establishment_id: int) -> str:
    """The kits of the establishment, those to look at first."""
    return render_template("degraded/kits.html", kits=list_kits(platform(), scope(), establishment_id))


@pages.get(f"{OF_ACTIVITY}/degraded")
def of_activity(establishment_id: int, node_id: int) -> str:
    """The degraded modes and kits of one activity, and what its model proposes."""
    known: ActivityView = of_this_place(open_activity(platform(), scope(), node_id))
    may_fill = known.may_describe and known.ended_on is None
    return render_template(
        "degraded/activity.html",
        known=known,
        may_fill=may_fill,
        sheets=sheets_of_activity(platform(), scope(), node_id),
        kits=kits_of_activity(platform(), scope(), node_id),
        proposals=proposed_modes(platform(), scope(), node_id) if may_fill else (),
    )
