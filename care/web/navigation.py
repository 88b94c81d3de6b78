"""What the side of the page offers: only what this person may open, here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _


@dataclass(frozen=True)
class Entry:
    """One link."""

    words: str
    icon: str
    endpoint: str
    values: tuple[tuple[str, Any], ...] = ()

    @property
    def address(self) -> str:
        """Where it leads."""
        return url_for(self.endpoint, **dict(self.values))

    @property
    def here(self) -> bool:
        """Whether the page shown is this one or one below it."""
        here = request.endpoint or ""
        return here == self.endpoint or (here.split(".")[0] == self.endpoint.split(".")[0])


@dataclass(frozen=True)
class Section:
    """Links under one title."""

    title: str
    entries: tuple[Entry, ...]


def navigation() -> list[Section]:
    """The sections this person sees."""
    return [section for section in _sections() if section.entries]


def _sections() -> Iterator[Section]:
    if g.get("scope") is None:
        return
    yield Section(_("Référence"), (Entry(_("Règles de contrôle"), "shield-check", "rules.index"),))
