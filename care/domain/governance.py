"""Governance of security: the functions, committees and figures that are followed, months, shares of a budget. Pure.

What is followed is data (`kits/governance`). A figure that no text gives stays empty: people enter theirs with its
source. A share is an exact fraction; what nobody knows is None, never zero.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from care.domain.frameworks import Confidence
from scanners.model import Lang, Text

MAX_FTE = 10_000
"""Hundredths: a hundred people for one function is a slip of the keyboard."""
EARLIEST_YEAR = 2000
MAX_COUNT = 2_000_000_000
MAX_EUROS = 100_000_000_000
_FTE = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))?\Z", re.ASCII)
_MONTHS = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})(?:-\d{1,2})?\Z", re.ASCII),
    re.compile(r"(?P<month>\d{1,2})/(?P<year>\d{4})\Z", re.ASCII),
    re.compile(r"\d{1,2}/(?P<month>\d{1,2})/(?P<year>\d{4})\Z", re.ASCII),
)
_FRENCH = "janvier,février,mars,avril,mai,juin,juillet,août,septembre,octobre,novembre,décembre"
_ENGLISH = "January,February,March,April,May,June,July,August,September,October,November,December"
_MONTH_NAMES: Mapping[Lang, tuple[str, ...]] = {"fr": tuple(_FRENCH.split(",")), "en": tuple(_ENGLISH.split(","))}


@dataclass(frozen=True, slots=True)
class Function:
    """A function of security. `expected`: a text asks for it, so that its vacancy stands out; `several`: many people
    hold it at once. `source` says where it is read."""

    id: str
    title: Text
    what: Text
    source: Text
    confidence: Confidence
    expected: bool
    several: bool


@dataclass(frozen=True, slots=True)
class CommitteeKind:
    """A committee that speaks of security."""

    id: str
    title: Text
    what: Text


class FigureGroup(StrEnum):
    """What a monthly figure is about: accounts and their second factor, one of the national core services, or what
    operators of essential services follow."""

    ACCOUNTS = "accounts"
    INS = "ins"
    MES = "mes"
    MSS = "mss"
    OSE = "ose"


FIGURE_GROUPS: Mapping[FigureGroup, Text] = {
    FigureGroup.ACCOUNTS: Text("Comptes et double facteur", "Accounts and second factor"),
    FigureGroup.INS: Text("Identité nationale de santé (INS)", "National health identity (INS)"),
    FigureGroup.MES: Text("Mon espace santé et DMP", "Mon espace santé and DMP"),
    FigureGroup.MSS: Text("Messagerie sécurisée de santé (MSS)", "Secure health messaging (MSS)"),
    FigureGroup.OSE: Text(
        "Indicateurs des opérateurs de services essentiels (règle 4)",
        "Indicators of operators of essential services (rule 4)",
    ),
}


class Direction(StrEnum):
    """Whether more is better."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class FigureTarget:
    """A share to reach by the end of a year (None: at once), with where it was read. `parameter` names the value of a
    framework (`hospiconnect:consent_2027_percent`) that replaces it once an administrator entered one."""

    year: int | None
    percent: int
    source: Text
    confidence: Confidence
    parameter: str = ""


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure followed month after month: `part` of `whole`, both counts. `measured` names what the platform can
    measure of it by itself, empty for nothing. `margin`: it is told with its uncertainty, and large changes of it with
    their reason."""

    id: str
    group: FigureGroup
    title: Text
    part: Text
    whole: Text
    direction: Direction
    source: Text
    confidence: Confidence
    targets: tuple[FigureTarget, ...]
    note: Text | None = None
    measured: str = ""
    margin: bool = False

    def target_of(self, month: date) -> FigureTarget | None:
        """The target in force in a month: the next one to come, else the last one."""
        ahead = [one for one in self.targets if one.year is None or one.year >= month.year]
        return ahead[0] if ahead else (self.targets[-1] if self.targets else None)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A share of a budget that others quote, in thousandths, with where it was read."""

    id: str
    title: Text
    per_mille: int
    source: Text
    confidence: Confidence

    @property
    def share(self) -> Fraction:
        """The same as a fraction."""
        return Fraction(self.per_mille, 1000)


@dataclass(frozen=True)
class GovernanceKit:
    """What governance follows."""

    functions: Mapping[str, Function]
    committees: Mapping[str, CommitteeKind]
    indicators: Mapping[str, Indicator]
    benchmarks: Mapping[str, Benchmark]


EXPLAINED_FROM = Fraction(10, 100)
"""A change of as many points from one figure to the next is to be explained. The order asks to explain a significant
change without saying from where on: our choice."""


def interval_of(part: int, whole: int, unknown: int) -> tuple[Fraction, Fraction] | None:
    """Between which shares the truth lies when so many more things are of neither side known; None without anything."""
    if whole + unknown <= 0:
        return None
    return Fraction(part, whole + unknown), Fraction(part + unknown, whole + unknown)


def hundredths(words: str) -> int:
    """A number of full-time equivalents as typed (`0,5`, `1`, `1.25`), in hundredths. ValueError when it is none."""
    found = _FTE.match("".join(words.split()))
    if found is None:
        raise ValueError(words)
    count = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0") or 0)
    if count > MAX_FTE:
        raise ValueError(words)
    return count


def written_fte(count: int, lang: Lang) -> str:
    """Hundredths as people write them: 0,5; 1; 1,25."""
    whole, rest = divmod(count, 100)
    digits = f"{rest:02}".rstrip("0")
    return f"{whole}{',' if lang == 'fr' else '.'}{digits}" if digits else str(whole)


def month_of(words: str) -> date:
    """The first day of a month as typed: `2026-03`, `03/2026`, `mars 2026`, or any day of it. ValueError otherwise."""
    text = " ".join(words.split()).casefold()
    for pattern in _MONTHS:
        if found := pattern.match(text):
            return date(int(found["year"]), int(found["month"]), 1)
    name, _, year = text.rpartition(" ")
    for names in _MONTH_NAMES.values():
        for number, known in enumerate(names, 1):
            if name == known.casefold() and re.fullmatch(r"\d{4}", year):
                return date(int(year), number, 1)
    raise ValueError(words)


def written_month(month: date, lang: Lang) -> str:
    """A month in words: mars 2026."""
    return f"{_MONTH_NAMES[lang][month.month - 1]} {month.year}"


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def months_between(first: date, last: date) -> Iterator[date]:
    """Every month from one to another, both included."""
    while first <= last:
        yield first
        first = next_month(first)


def last_months(until: date, count: int) -> tuple[date, ...]:
    """The `count` months up to that of `until`, oldest first."""
    number = until.year * 12 + until.month - count
    return tuple(months_between(date(number // 12, number % 12 + 1, 1), until.replace(day=1)))


def share_of(part: int | None, whole: int | None) -> Fraction | None:
    """A part of a whole; None when one of them is unknown, or when the whole is nothing."""
    return Fraction(part, whole) if part is not None and whole else None


@dataclass(frozen=True, slots=True)
class Summed:
    """A sum over members: `value` is None unless all of them are known; `missing` names the others."""

    value: int | None
    missing: tuple[str, ...]


def summed(values: Sequence[tuple[str, int | None]]) -> Summed:
    """The sum of what each member says. Nothing at all is unknown, not zero."""
    missing = tuple(name for name, value in values if value is None)
    known = [value for _, value in values if value is not None]
    return Summed(sum(known) if values and not missing else None, missing)
