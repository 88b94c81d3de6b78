"""When the remote accesses of an establishment are reviewed, and by when what was decided is carried out. Pure.

The texts ask for a review a year at least (ReCyF 10.A.6, TLM-26); all other delays are our choice.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from care.domain.access_links import ReviewVerdict
from care.domain.plans import months_later

YEARLY = 12
RHYTHMS = (3, 6, YEARLY)
"""Months between two reviews that may be chosen."""
FIRST = timedelta(days=90)
"""A register that was never reviewed is by then, counted from its first line."""
AHEAD = timedelta(days=30)
"""A review opens that long before its day, so that its owners have time to answer."""
PATIENCE = timedelta(days=7)
"""Owners who have not answered by then after the end of a review are told to those in charge."""
DELAYS = {ReviewVerdict.REVOKED: timedelta(days=15), ReviewVerdict.CHANGED: timedelta(days=30)}
"""How long there is to close an access, or to correct it."""


def next_review(
    months: int, closed: date | None, reviewed: Collection[date | None], begun: date | None, today: date
) -> date | None:
    """The day by which accesses are next to be reviewed: a rhythm after the last review that was closed, else after the
    oldest review of an open access when all had one (`reviewed`), else a while after the register was begun.

    None when there is nothing to review.
    """
    if not reviewed:
        return None
    known = [day for day in reviewed if day is not None]
    oldest = min(known) if len(known) == len(reviewed) else None
    last = max((day for day in (closed, oldest) if day is not None), default=None)
    return months_later(last, months) if last is not None else (begun or today) + FIRST


def carried_out_by(verdict: ReviewVerdict, decided: date) -> date | None:
    """By when a decision is carried out; None when there is nothing to do."""
    delay = DELAYS.get(verdict)
    return decided + delay if delay else None
