"""The pages of those who have a seat."""

from __future__ import annotations

from care.web.play import joining, observers, players, screens, waiting
from care.web.play.blueprint import pages

__all__ = ["joining", "observers", "pages", "players", "screens", "waiting"]
