"""D1.O2.B: a level of Internet exposure held over time, read on the real dates of audits. Pure.

Two audits that show the level are at least 45 and at most 60 days apart (ANSSI, page of SILENE), and by our prudent
reading none between them nor after them falls below it: a level is not held while what breaks it is open. The level
itself is not public: without it, nothing is proved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from scanners.model import Text


@dataclass(frozen=True, slots=True)
class ExposureAudit:
    """One audit: the day it was carried out, how many critical weaknesses it left open, and the subjects that it did
    not look at (`exceptions`). `limits` says what else the reader of a proof must know: what was excluded, tried less
    than usual or set aside. One that does not count (`proves` False) shows no level, and breaks it all the same."""

    day: date
    criticals: int
    exceptions: tuple[str, ...] = ()
    proves: bool = True
    limits: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """How far apart the two audits may be, in days, both ends included."""

    shortest: int
    longest: int

    def holds(self, first: date, second: date) -> bool:
        """Whether two days are that far apart."""
        return self.shortest <= (second - first).days <= self.longest


@dataclass(frozen=True, slots=True)
class Held:
    """What the audits prove. `pair`: the latest two that do, None when none does. `next_from` and `next_until` bound
    the day of an audit that would, from the last one at the level; None when there is none or its window is past.
    `fallen`: the last audit, when what it left open is below the level."""

    pair: tuple[ExposureAudit, ExposureAudit] | None
    next_from: date | None
    next_until: date | None
    fallen: ExposureAudit | None = None

    @property
    def exceptions(self) -> tuple[str, ...]:
        """What one audit of the pair or the other did not look at."""
        return tuple(sorted({subject for audit in self.pair or () for subject in audit.exceptions}))

    @property
    def limits(self) -> tuple[Text, ...]:
        """What else is to be known of the audits of the pair, or of the last one when it is below the level."""
        audits = self.pair or ((self.fallen,) if self.fallen else ())
        return tuple(dict.fromkeys(limit for audit in audits for limit in audit.limits))


def held(audits: Iterable[ExposureAudit], window: Window, allowed: int | None, today: date) -> Held:
    """Look for two audits at the level; `allowed` None tells the dates apart from the level, which is then unknown.

    An audit dated in the future proves nothing yet and is left out. Several audits of one day count for the worst.
    """
    known = _by_day(audit for audit in audits if audit.day <= today)
    below = [audit for audit in known if allowed is not None and audit.criticals > allowed]
    at_level = [audit for audit in known if audit.proves and audit not in below]
    broken = [audit.day for audit in below]
    pairs = [
        (first, second)
        for first, second in combinations(at_level, 2)
        if window.holds(first.day, second.day) and not any(day > first.day for day in broken)
    ]
    soonest, latest = _next(at_level, broken, window, today)
    fallen = below[-1] if below and below[-1] is known[-1] else None
    return Held(max(pairs, key=lambda pair: pair[1].day, default=None), soonest, latest, fallen)


def _by_day(audits: Iterable[ExposureAudit]) -> list[ExposureAudit]:
    days: dict[date, ExposureAudit] = {}
    for audit in audits:
        days[audit.day] = _worse(days[audit.day], audit) if audit.day in days else audit
    return [days[day] for day in sorted(days)]


def _worse(one: ExposureAudit, other: ExposureAudit) -> ExposureAudit:
    """Two audits of one day as one; one that does not count takes nothing away from what the other proves."""
    counted = [audit for audit in (one, other) if audit.proves]
    exceptions = {subject for audit in counted for subject in audit.exceptions}
    criticals = max(one.criticals, other.criticals)
    limits = tuple(dict.fromkeys(limit for audit in (one, other) for limit in audit.limits))
    return ExposureAudit(one.day, criticals, tuple(sorted(exceptions)), proves=bool(counted), limits=limits)


def _next(
    at_level: Sequence[ExposureAudit], below: Sequence[date], window: Window, today: date
) -> tuple[date | None, date | None]:
    """From the earliest audit at the level whose window is still open and that no worse audit has followed."""
    for audit in at_level:
        until = audit.day + timedelta(days=window.longest)
        if until >= today and not any(day > audit.day for day in below):
            return max(today, audit.day + timedelta(days=window.shortest)), until
    return None, None
