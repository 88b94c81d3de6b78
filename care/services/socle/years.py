"""One year of one establishment: what each prerequisite says, and what is missing, as it stood in that year.

The present year is judged today, a past one on its last day: on the exercises and audits done by then, the evidence
that speaks of the year and the answers given in it. An answer of this year never makes another one better.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlalchemy.orm import Session

from care.domain.access import Level, Place
from care.domain.frameworks import Framework, Item
from care.domain.judging import RequirementStatus
from care.domain.socle import FRAMEWORK, Eligibility, eligibility
from care.services.frameworks.assessing import Assessed, assess_on
from care.services.frameworks.ground import Given, Ground, Piece, latest_answers
from care.services.frameworks.holders import holder_at
from care.services.frameworks.library import Library, read_library
from care.services.platform import Platform


@dataclass(frozen=True)
class YearGround(Ground):
    """What is known of an establishment in the year of `day`, up to that day."""

    @cached_property
    def pieces(self) -> Mapping[str, tuple[Piece, ...]]:
        """The evidence that speaks of the year."""
        return {ref: tuple(filter(self._speaks, found)) for ref, found in super().pieces.items()}

    def _speaks(self, piece: Piece) -> bool:
        if piece.since is not None and piece.until is not None:
            return piece.since <= self.day and piece.until >= date(self.day.year, 1, 1)
        return piece.day.year == self.day.year

    @cached_property
    def answers(self) -> Mapping[tuple[str, str], Mapping[str, tuple[Given, ...]]]:
        """The answers given in the year, or still valid in it."""
        found: dict[tuple[str, str], dict[str, tuple[Given, ...]]] = defaultdict(dict)
        for asked, by_place in latest_answers(self.session, self.around, self.names, until=self.day).items():
            for place, given in by_place.items():
                found[asked][place] = tuple(filter(self._holds, given))
        return found

    def _holds(self, given: Given) -> bool:
        return given.given_on.year == self.day.year or (given.valid_until is not None and given.valid_until >= self.day)


@dataclass(frozen=True, slots=True)
class SocleFound:
    """The prerequisites of one year. `uncovered` are those that no text read describes."""

    framework: Framework
    day: date
    assessed: tuple[Assessed, ...]
    eligibility: Eligibility

    @property
    def met(self) -> int:
        """How many are met."""
        return sum(one.status is RequirementStatus.MET for one in self.assessed)


def day_of(year: int, today: date) -> date:
    """The day on which a year is judged."""
    return min(today, date(year, 12, 31))


def library_of(platform: Platform, session: Session, year: int, today: date) -> Library:
    """The frameworks in use in that year, to be shared by all the establishments read."""
    return read_library(platform, session, day_of(year, today))


def assess_year(
    platform: Platform, session: Session, establishment_id: int, year: int, today: date, library: Library | None = None
) -> SocleFound:
    """Where the prerequisites of a year stand; who asks was checked before."""
    day = day_of(year, today)
    shared = library or library_of(platform, session, year, today)
    holder = holder_at(session, Place(Level.ESTABLISHMENT, establishment_id), day)
    framework = shared.frameworks[FRAMEWORK]
    found = assess_on(YearGround(platform, session, holder, day, shared), framework)
    return SocleFound(framework, day, found, _conclusion(framework, found))


def _conclusion(framework: Framework, found: tuple[Assessed, ...]) -> Eligibility:
    """A prerequisite without any text is to confirm whatever is said: it never counts as met, nor as lacking."""
    return eligibility(
        RequirementStatus.TO_CONFIRM if _without_text(one.item) and _open(one) else one.status for one in found
    )


def _without_text(item: Item) -> bool:
    return item.uncovered is not None


def _open(one: Assessed) -> bool:
    return one.status is not RequirementStatus.NOT_MET
