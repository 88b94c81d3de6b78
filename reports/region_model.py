"""What a regional report says: the read-model of every form of it (document, workbook, open data, pictures).

Texts come in the reader's language. A figure always says of how many it speaks, how many answered and of which day its
oldest value is; not answering is never zero. In the public form the counts of a figure that may not be published are
absent from the model itself, and so is every name: no maker can let them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from reports.words import Lang


class Reckoning(StrEnum):
    """How an indicator adds up; same values as `care.domain.indicators.Measure`."""

    REACHED = "reached"
    SHARE = "share"
    COUNT = "count"
    LEVEL = "level"


class Extent(StrEnum):
    """Of what the report is. `establishment`: its own line beside the figures of its region."""

    PLATFORM = "platform"
    REGION = "region"
    GHT = "ght"
    ESTABLISHMENT = "establishment"


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of a figure: establishments concerned, those that answered in this version, those with something to
    measure, those that answered in another version; what their values add up to; establishments by level; the three
    quartiles of their shares (0 to 1), None when unknown or too few to be told."""

    asked: int
    answered: int
    measured: int
    other_version: int
    numerator: int
    denominator: int
    oldest_on: date | None
    levels: tuple[tuple[int, int], ...] = ()
    quartiles: tuple[float, float, float] | None = None

    @property
    def silent(self) -> int:
        """Establishments concerned that did not answer."""
        return max(0, self.asked - self.answered - self.other_version)

    @property
    def missing(self) -> int:
        """Establishments concerned of which this version of the definition knows nothing."""
        return self.silent + self.other_version

    @property
    def share(self) -> Fraction | None:
        """The share that the values make, None with nothing to measure."""
        return Fraction(self.numerator, self.denominator) if self.denominator else None


@dataclass(frozen=True, slots=True)
class RegionFigure:
    """A figure of a month: of all establishments, or of one category. `counts` is None when it may not be told;
    `hidden`: it may not be published, which entitled readers are told beside it."""

    month: int
    version: str
    counts: Counts | None
    hidden: bool = False
    category: str = ""


@dataclass(frozen=True, slots=True)
class RegionGoal:
    """What the region should reach: so many percent from a day on. `doubt` says that no official source confirms it;
    `reached`, whether the figure of the month is there, None when that hangs on who did not answer."""

    percent: int
    since: date
    source: str
    doubt: str
    reached: bool | None = None


@dataclass(frozen=True, slots=True)
class NamedValue:
    """What one establishment answered, for entitled readers only; `numerator` is None when it did not answer, or when
    it answers under a pseudonym (`masked`). `other_version`: its value is set aside."""

    name: str
    finess: str
    category: str
    numerator: int | None
    denominator: int | None
    as_of: date | None
    version: str = ""
    other_version: bool = False
    masked: bool = False


@dataclass(frozen=True, slots=True)
class OwnValue:
    """The line of the establishment whose report it is, for one month; `other_version`: it follows another version of
    the definition than that month's figures."""

    month: int
    numerator: int
    denominator: int
    as_of: date
    version: str
    other_version: bool = False


@dataclass(frozen=True, slots=True)
class RegionPart:
    """The figure of one region in the report of the nation; `code` is its INSEE number."""

    code: str
    name: str
    figure: RegionFigure


@dataclass(frozen=True, slots=True)
class RegionIndicator:
    """One indicator: its definition in force for the month of the report, then its figures. `direction` is `up`, `down`
    or `none`, and `better` says it.

    `figure` is that of the month, None when nothing was computed; `series` those of the months before and of it, oldest
    first; `categories` those of the month by category; `parts` those of the regions (nation only); `named` and `own`
    are empty except for who is entitled to them. `doubt` says that no official source confirms the definition.
    """

    code: str
    version: str
    title: str
    formula: str
    unit: str
    threshold: str
    note: str
    source: str
    doubt: str
    audience: str
    reckoning: Reckoning
    better: str
    direction: str
    level_names: tuple[tuple[int, str], ...]
    goals: tuple[RegionGoal, ...]
    goal: RegionGoal | None
    figure: RegionFigure | None
    series: tuple[RegionFigure, ...] = ()
    categories: tuple[RegionFigure, ...] = ()
    parts: tuple[RegionPart, ...] = ()
    named: tuple[NamedValue, ...] = ()
    own: tuple[OwnValue, ...] = ()

    @property
    def is_share(self) -> bool:
        """Whether its figures are shares; a number of incidents over a number of establishments is none."""
        return self.reckoning in (Reckoning.REACHED, Reckoning.SHARE)

    def sums(self, counts: Counts) -> tuple[int | None, int | None]:
        """Numerator and denominator; none of levels, the sum of which says nothing but could tell of a few."""
        if self.reckoning is Reckoning.LEVEL:
            return None, None
        return counts.numerator, counts.denominator

    @property
    def own_now(self) -> OwnValue | None:
        """The establishment's line for the month of the figure, None when it did not answer."""
        month = self.figure.month if self.figure else 0
        return next((one for one in self.own if one.month == month), None)


@dataclass(frozen=True, slots=True)
class RegionSite:
    """An establishment on the map of its region, for entitled readers: to how many of the indicators that concern it
    it answered this month, and where it stands (degrees, WGS 84; INSEE department), as far as is known. `masked`: it
    answers under a pseudonym, nobody here knows how much."""

    name: str
    answered: int
    asked: int
    longitude: float | None = None
    latitude: float | None = None
    department: str = ""
    masked: bool = False


@dataclass(frozen=True, slots=True)
class RegionFamily:
    """Indicators of one subject; `code` is for files, `name` for people."""

    code: str
    name: str
    indicators: tuple[RegionIndicator, ...]


@dataclass(frozen=True, slots=True)
class RegionReport:
    """A report on a place for a month. `issued_at` (aware, in the zone of the installation) is when its figures were
    computed: the same figures give the same bytes. `place_code`: INSEE number of
    the region (that of a GHT for a GHT), empty for the nation.

    `establishment` names the one whose own line it shows, with `place` then its region. `establishments` counts those
    of the place that are open. `first` is the first month of the series; `sites` is empty in the public form. `notice`
    is what the installation says of itself on every page (a simulation, a trial), empty for most.
    """

    lang: Lang
    issued_at: datetime
    month: int
    first: int
    extent: Extent
    place: str
    place_code: str
    public: bool
    establishments: int
    families: tuple[RegionFamily, ...]
    establishment: str = ""
    finess: str = ""
    sites: tuple[RegionSite, ...] = ()
    notice: str = ""

    @property
    def indicators(self) -> tuple[RegionIndicator, ...]:
        """Every indicator, in the order of families."""
        return tuple(one for family in self.families for one in family.indicators)
