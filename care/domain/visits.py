"""The visit of outsiders who read what an establishment shows them: when it is open, by the clock alone. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from care.domain.programme import VisitState

LONGEST = timedelta(weeks=6)
"""Longest time a visit stays open. Our bound: a certification visit lasts days, with preparation and exchanges after it
some weeks; what stays open longer is forgotten."""
FARTHEST = timedelta(days=550)
"""How far ahead a visit may begin (our bound): visits are announced at most a year or so before."""
MOST_VISITORS = 40
"""Visitors of one visit (our bound): several times the largest team."""
ALERTS = (5, 25, 100, 500)
"""Refused pages of one visitor at which the establishment is told (our choice): one or two are slips."""
MOST_VIEWS = 20_000
"""Pages that one visitor may ask for in all: weeks of reading; a script meets it, and nothing more is served then."""


def state_at(state: VisitState, starts_at: datetime, ends_at: datetime, now: datetime) -> VisitState:
    """Where a visit stands at `now`: what was written down can only close it sooner than its dates."""
    if state in (VisitState.REVOKED, VisitState.ENDED):
        return state
    if now >= ends_at:
        return VisitState.ENDED
    return VisitState.OPEN if now >= starts_at else VisitState.PLANNED
