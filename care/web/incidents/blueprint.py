"""The pages of incidents, under one name whatever file holds them."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("incidents", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/incidents"
ONE = f"{HERE}/<int:incident_id>"
