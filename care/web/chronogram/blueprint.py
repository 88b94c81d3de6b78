"""The blueprint of the chronogram."""

from __future__ import annotations

from flask import Blueprint

from care.web.exercises.routes import ONE

pages = Blueprint("chronogram", __name__, template_folder="templates")
HERE = f"{ONE}/chronogram"
