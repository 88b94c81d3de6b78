"""The blueprint of visits, on both sides: the establishment that plans them, the visitors who read."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("visits", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/visits"
ONE = f"{HERE}/<int:visit_id>"
DOOR = "/visite"
"""Where everything that a visitor reads stands."""
