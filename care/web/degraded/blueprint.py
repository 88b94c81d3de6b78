"""The pages of degraded modes and paper kits, under one name whatever file holds them."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("degraded", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>"
OF_ACTIVITY = f"{HERE}/activities/<int:node_id>"
SHEET = f"{HERE}/degraded/<int:mode_id>"
KIT = f"{HERE}/degraded/kits/<int:kit_id>"
