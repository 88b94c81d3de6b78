"""The pages of impact analyses, under one name whatever file holds them."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("bia", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/bia"
ONE = f"{HERE}/<int:bia_id>"
