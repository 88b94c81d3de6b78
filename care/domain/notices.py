"""What people are told by mail, and when. Pure."""

from __future__ import annotations

from enum import StrEnum


class Digest(StrEnum):
    """How often somebody gets the list of what is due."""

    OFF = "off"
    DAILY = "daily"
    WEEKLY = "weekly"
