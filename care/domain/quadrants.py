"""Priority against effort: what to do at once, what to plan, what can wait. Pure.

The thresholds are our choice: above `HIGH_SCORE` an action is grave for care, late, or both (`care.domain.priority`);
`SHORT_EFFORT` is a week of one person.
"""

from __future__ import annotations

from enum import StrEnum

HIGH_SCORE = 45
"""From this score on, out of 100, an action is a priority."""
SHORT_EFFORT = 5.0
"""Up to this many days of work, an action is short."""


class Quadrant(StrEnum):
    """Where an action falls, in the order of a plan: quick wins first."""

    QUICK_WIN = "quick_win"
    PROJECT = "project"
    FILL_IN = "fill_in"
    LATER = "later"
    UNKNOWN = "unknown"


def quadrant(score: int, effort_days: float | None) -> Quadrant:
    """The quadrant of an action; an effort nobody estimated is never guessed."""
    if effort_days is None:
        return Quadrant.UNKNOWN
    if score >= HIGH_SCORE:
        return Quadrant.QUICK_WIN if effort_days <= SHORT_EFFORT else Quadrant.PROJECT
    return Quadrant.FILL_IN if effort_days <= SHORT_EFFORT else Quadrant.LATER
