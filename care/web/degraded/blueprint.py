"""The pages of degraded modes and paper kits, under one name whatever file holds them."""

from __future__ import annotations

from flask import Blueprint

from care.services.activities import ActivityView, open_activity
from care.services.errors import Forbidden
from care.web.people import platform, scope
from care.web.place import of_this_place

pages = Blueprint("degraded", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>"
OF_ACTIVITY = f"{HERE}/activities/<int:node_id>"
SHEET = f"{HERE}/degraded/<int:mode_id>"
KIT = f"{HERE}/degraded/kits/<int:kit_id>"


def described(node_id: int) -> ActivityView:
    """The activity of the address; Forbidden to who may not write its sheets and kits."""
    known = of_this_place(open_activity(platform(), scope(), node_id))
    if not known.may_describe:
        raise Forbidden
    return known
