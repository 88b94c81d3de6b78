"""The blueprint of those who have a seat instead of an account."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("play", __name__, template_folder="templates")


@pages.app_template_filter("played_time")
def played_time(seconds: float) -> str:
    """Seconds of the exercise clock as a clock shows them: 1:02:03."""
    whole = max(0, int(seconds))
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
