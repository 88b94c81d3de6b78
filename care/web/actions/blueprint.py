"""The pages of actions, under one name whatever file holds them."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("actions", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/actions"
