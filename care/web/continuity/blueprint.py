"""The pages of activities and resources, under one name whatever file holds them."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("continuity", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>"
