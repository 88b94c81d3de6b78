"""The pages of the crisis organisation, under one name whatever file holds them."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("crisis", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/crisis"
