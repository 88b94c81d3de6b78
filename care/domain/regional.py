"""Words of regional campaigns, and what may be told of a region without naming anybody. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from scanners.model import Text

FEWEST = 5
"""Establishments below which a figure is hidden: with fewer, a reader could tell which ones. Our choice, that of most
public statistics."""
TARGETS = (50, 100)
"""Shares of establishments, in percent, that the State asks to have played (CaRE: end of 2023, then every year)."""


class CampaignKind(StrEnum):
    """What a campaign asks of each establishment."""

    EXERCISE = "exercise"


class Progress(StrEnum):
    """How far an establishment is with the exercise that is asked of it."""

    EXCUSED = "excused"
    NOTHING = "nothing"
    PLANNED = "planned"
    PREPARING = "preparing"
    LIVE = "live"
    PLAYED = "played"
    DEBRIEFED = "debriefed"
    COUNTS = "counts"


PROGRESS_NAMES: Mapping[Progress, Text] = {
    Progress.NOTHING: Text("Rien encore", "Nothing yet"),
    Progress.PLANNED: Text("Planifié", "Planned"),
    Progress.PREPARING: Text("En préparation", "Being prepared"),
    Progress.LIVE: Text("En cours", "Under way"),
    Progress.PLAYED: Text("Joué, à débriefer", "Played, to debrief"),
    Progress.DEBRIEFED: Text("Débriefé, ne compte pas", "Debriefed, does not count"),
    Progress.COUNTS: Text("Compte pour l’année", "Counts for the year"),
    Progress.EXCUSED: Text("Dispensé", "Excused"),
}
_RANK = list(PROGRESS_NAMES)


def furthest(found: Progress, other: Progress) -> Progress:
    """Of two exercises of one establishment, the one that is further."""
    return max(found, other, key=_RANK.index)


def told(establishments: int) -> int | None:
    """A number of establishments as it may be shown; None when it is too small."""
    return establishments if establishments >= FEWEST else None


def missing_for(target: int, done: int, asked: int) -> int:
    """How many more establishments must play for a share of `target` percent."""
    return max(0, -(-target * asked // 100) - done)
