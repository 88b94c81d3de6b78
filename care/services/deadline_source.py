"""What a source of deadlines is: a function given a `Wanted`, that yields what is due, of one establishment or all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right
from care.domain.deadlines import Deadline, DeadlineKind
from care.services.platform import Platform


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: deadlines up to `until` included, seen at `now`, on the clock of `zone`.

    `platform` is for sources that read the dates of frameworks.
    """

    now: datetime
    until: date
    zone: tzinfo
    establishment_id: int | None = None
    platform: Platform | None = None

    @property
    def today(self) -> date:
        """The day it is in `zone`."""
        return self.now.astimezone(self.zone).date()

    @property
    def until_instant(self) -> datetime:
        """The end of the last day wanted (UTC)."""
        return datetime.combine(self.until, time.max, self.zone).astimezone(UTC)

    def day(self, moment: datetime) -> date:
        """The day of an instant, in `zone`."""
        return moment.astimezone(self.zone).date()


Gather = Callable[[Session, Wanted], Iterator[Deadline]]


@dataclass(frozen=True, slots=True)
class Source:
    """Deadlines of one kind: who sees them, who is told of those that nobody in particular owns, and when.

    `steps` are the days before the date on which a reminder is given; once late there is one, or one a week if
    `weekly`. With `tells_both` those in charge are told as well as the owner.
    """

    kind: DeadlineKind
    gather: Gather
    see: Right
    tell: Right
    steps: tuple[int, ...]
    weekly: bool = False
    tells_both: bool = False


def at_site(establishment_id: int) -> Place:
    """An establishment as the place of a deadline."""
    return Place(Level.ESTABLISHMENT, establishment_id)


def there(column: Any, wanted: Wanted) -> tuple[ColumnElement[bool], ...]:  # noqa: ANN401 - a column
    """The condition that keeps what belongs to the establishment wanted, if there is one."""
    return () if wanted.establishment_id is None else (column == wanted.establishment_id,)
