"""The blueprint of the preparation."""

from __future__ import annotations

from flask import Blueprint

from care.web.exercises.routes import ONE

pages = Blueprint("preparation", __name__, template_folder="templates")
HERE = f"{ONE}/preparation"
