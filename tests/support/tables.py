"""The content of the database, table by table: what a piece of work changed, down to the value."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select

from care.services.platform import Platform
from care.store.tables import METADATA

FINDING_TABLES = ("finding", "sighting", "finding_event", "finding_tally", "finding_flow")

Dump = Mapping[str, Mapping[tuple[Any, ...], tuple[Any, ...]]]


def dump(platform: Platform, tables: Collection[str] = FINDING_TABLES) -> Dump:
    """Every row of these tables, by primary key."""
    with platform.database.read() as session:
        return {name: _rows(session.connection().execute(select(METADATA.tables[name])), name) for name in tables}


def _rows(rows: Any, name: str) -> Mapping[tuple[Any, ...], tuple[Any, ...]]:
    key = [column.name for column in METADATA.tables[name].primary_key]
    return {tuple(getattr(row, part) for part in key): tuple(map(_plain, row)) for row in rows}


def _plain(value: Any) -> Any:
    return tuple(sorted(value.items())) if isinstance(value, dict) else value
