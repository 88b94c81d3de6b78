"""The pages of those who have a seat."""

from __future__ import annotations

from care.web.play import codes, joining, logbooks, observers, players, screens, waiting
from care.web.play.blueprint import pages

__all__ = ["codes", "joining", "logbooks", "observers", "pages", "players", "screens", "waiting"]
