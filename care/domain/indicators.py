"""Indicators that a region follows: what each measures, from which version on, and what is expected. Pure.

A value belongs to one holder (an establishment), one indicator, one version of its definition and one month. It is
always two whole numbers, so that regions add up: a numerator and a denominator. No value at all means that nobody
answered; a denominator of zero, that there is nothing to measure there. Neither is ever a good or a bad result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from care.domain.frameworks import Confidence
from care.domain.months import Month
from scanners.model import Text

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._@-]{1,79}\Z")
"""`EXO-TX`; the requirement of a framework is written as rules refer to it: `care-d2:O3.A`."""

NO_CATEGORY = "?"
"""How figures write the category of establishments of which nobody gave it; an empty one stands for all of them."""


class Measure(StrEnum):
    """How values of one indicator are made and added up.

    `reached`: 1 of 1 when the establishment is there, else 0 of 1; a region counts establishments.
    `share`: so many of so many things of the establishment (accesses, workstations); a region adds both up.
    `count`: a number of things in the month; the denominator is 1; a region adds the numbers up.
    `level`: one of a few levels; the denominator is 1; a region counts establishments by level.
    """

    REACHED = "reached"
    SHARE = "share"
    COUNT = "count"
    LEVEL = "level"


class Trend(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


class Family(StrEnum):
    """The subject of an indicator: how dashboards are ordered."""

    EXERCISES = "exercises"
    EXPOSURE = "exposure"
    DIRECTORY = "directory"
    PROGRAMME = "programme"
    CONTINUITY = "continuity"
    BACKUP = "backup"
    REMOTE_ACCESS = "remote_access"
    WORKSTATIONS = "workstations"
    INCIDENTS = "incidents"
    ACTIONS = "actions"
    CERTIFICATION = "certification"


FAMILY_NAMES: Mapping[Family, Text] = {
    Family.EXERCISES: Text("Exercices de crise", "Crisis exercises"),
    Family.EXPOSURE: Text("Exposition sur internet", "Internet exposure"),
    Family.DIRECTORY: Text("Annuaire", "Directory"),
    Family.PROGRAMME: Text("Programme CaRE", "CaRE programme"),
    Family.CONTINUITY: Text("Continuité et reprise", "Continuity and recovery"),
    Family.BACKUP: Text("Sauvegardes", "Backups"),
    Family.REMOTE_ACCESS: Text("Télémaintenance", "Remote maintenance"),
    Family.WORKSTATIONS: Text("Postes et détection", "Workstations and detection"),
    Family.INCIDENTS: Text("Incidents", "Incidents"),
    Family.ACTIONS: Text("Remédiation", "Remediation"),
    Family.CERTIFICATION: Text("Certification", "Certification"),
}


MEASURE_NAMES: Mapping[Measure, Text] = {
    Measure.REACHED: Text("Oui ou non par établissement", "Yes or no by establishment"),
    Measure.SHARE: Text("Part d’un tout", "Part of a whole"),
    Measure.COUNT: Text("Nombre", "Number"),
    Measure.LEVEL: Text("Niveau", "Level"),
}
TREND_NAMES: Mapping[Trend, Text] = {
    Trend.UP: Text("Plus haut vaut mieux", "Higher is better"),
    Trend.DOWN: Text("Plus bas vaut mieux", "Lower is better"),
    Trend.NONE: Text("Aucun sens n’est meilleur", "Neither way is better"),
}


class Audience(StrEnum):
    """Of which establishments an indicator speaks: the others are not asked, hence never “not answering”.

    `candidates` are those whose GHT or legal entity applies for the domain of the indicator.
    """

    ALL = "all"
    OSE = "ose"
    CANDIDATES = "candidates"


AUDIENCE_NAMES: Mapping[Audience, Text] = {
    Audience.ALL: Text("Tous les établissements", "Every establishment"),
    Audience.OSE: Text("Opérateurs de services essentiels", "Operators of essential services"),
    Audience.CANDIDATES: Text("Établissements des candidats", "Establishments of candidates"),
}


@dataclass(frozen=True, slots=True)
class Goal:
    """What the region as a whole should reach: so many percent from a day on, and who says so."""

    percent: int
    since: date
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class IndicatorDefinition:
    """One version of an indicator. `formula` says in words what is counted over what, `threshold` what counts as
    reached; `levels` name the values of a `level`, lowest first. It holds for the months from `since` on, until the
    next version does. `domain`: the framework of the programme it speaks of, whose candidates are asked. `within`: the
    indicator of which it tells the same of some of the establishments: beside it, it tells of the others too."""

    code: str
    version: str
    since: Month
    family: Family
    title: Text
    formula: Text
    unit: Text
    measure: Measure
    trend: Trend
    source: Text
    confidence: Confidence
    audience: Audience = Audience.ALL
    domain: str = ""
    within: str = ""
    threshold: Text | None = None
    levels: tuple[tuple[int, Text], ...] = ()
    goals: tuple[Goal, ...] = ()
    note: Text | None = None

    def goal_on(self, day: date) -> Goal | None:
        """The goal in force on a day: the latest that began."""
        begun = [one for one in self.goals if one.since <= day]
        return max(begun, key=lambda one: one.since, default=None)


def goal_reached(
    definition: IndicatorDefinition, goal: Goal, numerator: int, denominator: int, missing: int
) -> bool | None:
    """Whether all those asked together are where a goal wants them, whatever the `missing` establishments would have
    answered; None when that hangs on them, or when nothing was measured. A goal is of everybody: that those who
    answered are there does not say that the goal is reached."""
    if not denominator:
        return None
    least, most = Fraction(numerator, denominator), Fraction(numerator, denominator)
    if definition.measure is Measure.REACHED:
        whole = denominator + missing
        least, most = Fraction(numerator, whole), Fraction(numerator + missing, whole)
    elif missing:  # nobody knows how much those would weigh
        least, most = Fraction(0), Fraction(1)
    wanted = Fraction(goal.percent, 100)
    if definition.trend is Trend.DOWN:
        return True if most <= wanted else False if least > wanted else None
    return True if least >= wanted else False if most < wanted else None


def in_force(definitions: Iterable[IndicatorDefinition], month: Month) -> Mapping[str, IndicatorDefinition]:
    """Of each indicator, the version that holds for a month: the latest that began. By code, in the order given."""
    found: dict[str, IndicatorDefinition] = {}
    for one in definitions:
        if one.since <= month and (one.code not in found or found[one.code].since <= one.since):
            found[one.code] = one
    return found


@dataclass(frozen=True, slots=True)
class Measured:
    """What one holder answers to one indicator for one month, on the facts of the day `as_of`."""

    code: str
    version: str
    month: Month
    numerator: int
    denominator: int
    as_of: date

    def __post_init__(self) -> None:
        if self.numerator < 0 or self.denominator < 0:
            raise ValueError(f"{self.code}: numbers cannot be negative")
