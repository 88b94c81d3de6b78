"""The blueprint of those who have a seat instead of an account."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("play", __name__, template_folder="templates")
