"""The security events that a SOC lists, with the working hours each took, from a list that was read. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pandas as pd

from scanners.lists.words import NEVER
from scanners.workstations.facts import SecurityEvent
from scanners.workstations.working_hours import working_hours

if TYPE_CHECKING:
    from scanners.lists.reading import Table

MAX_EVENTS: Final = 50_000
"""The latest ones are kept: far more than a SOC opens in a year. Our choice."""
_OLDEST_DAYS: Final = 366
_DAY: Final = 86_400


def listed_events(table: Table, now: datetime, zone: str) -> tuple[SecurityEvent, ...]:
    """The events opened during the year before `now`, the latest first."""
    frame = table.frame
    since = int(now.timestamp()) - _OLDEST_DAYS * _DAY
    recent = frame[(frame["opened"] >= since) & (frame["opened"] <= int(now.timestamp()))]
    chosen = recent.sort_values(["opened", "number"], ascending=False).head(MAX_EVENTS)
    return tuple(_events(chosen, now, ZoneInfo(zone)))


def _events(frame: pd.DataFrame, now: datetime, zone: ZoneInfo) -> Iterator[SecurityEvent]:
    for row in frame.to_dict("records"):
        opened, closed = datetime.fromtimestamp(int(row["opened"]), UTC), int(row.get("closed", NEVER))
        handled = closed != NEVER
        end = datetime.fromtimestamp(closed, UTC) if handled else now
        hours = working_hours(opened.astimezone(zone), end.astimezone(zone))
        yield SecurityEvent(str(row["number"]), opened, handled, round(hours, 2))
