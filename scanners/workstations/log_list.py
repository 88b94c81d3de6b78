"""The sources of logs that a SIEM lists, from a list that was read (`scanners.lists`). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from scanners.lists.words import NEVER
from scanners.workstations.facts import ListedSource

if TYPE_CHECKING:
    from scanners.lists.reading import Table

MAX_SOURCES: Final = 100_000
"""Beyond, the list is cut: no SIEM of a hospital has as many. Our choice."""


def listed_sources(table: Table) -> tuple[ListedSource, ...]:
    """The sources, in the order of the list."""
    return tuple(_sources(table))


def _sources(table: Table) -> Iterator[ListedSource]:
    for row in table.frame.head(MAX_SOURCES).to_dict("records"):
        moment, days = int(row.get("last_event", NEVER)), int(row.get("retention_days", NEVER))
        yield ListedSource(
            name=str(row["name"]),
            kind=str(row.get("kind", "")),
            host=str(row.get("host", "")),
            last_event=datetime.fromtimestamp(moment, UTC) if moment != NEVER else None,
            retention_days=days if days != NEVER else None,
        )
