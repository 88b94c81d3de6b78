"""What is known of an establishment's continuity: objectives people declared beside what was measured.

The platform makes these facts from its own tables; nothing is collected on a network. Durations are whole minutes, None
when nobody said. An activity is *critical* when care loses something vital or major with it; a resource is when a
critical activity cannot do without it. A resource inherits the strictest objectives of what it supports.

Silence is never a pass: what holds nothing yet is a gap (`with_gaps`), so that its rules are not assessable. Sections
that gaps may name: `activities`, `resources`, `objectives` (BIA in force), `declared` (by who runs a resource),
`modes`, `measures`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from scanners.archive import CollectedAt, DataclassFormat
from scanners.model import Gap, Text

MAX_NODES = 20_000

Day = date
"""A calendar day; the alias leaves the name `date` to fields."""

What = Literal["recovery", "data_loss", "restore", "held"]
"""What a test or an audit measured: back in service, data lost, data restored, degraded mode held."""

Perimeter = Literal["care", "administrative", "technical"]
PERIMETERS: tuple[Perimeter, ...] = ("care", "administrative", "technical")


@dataclass(frozen=True, slots=True)
class Objectives:
    """What must hold when something stops. `dmia_by` and `pdma_by` name who imposes it on a resource."""

    dmia: int | None = None
    rto: int | None = None
    pdma: int | None = None
    dmard: int | None = None
    dmia_by: str = ""
    pdma_by: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measured duration, when, and what measured it (a test, an audit, an exercise)."""

    what: What
    minutes: int
    date: Day
    source: str


@dataclass(frozen=True, slots=True)
class Mode:
    """A degraded mode in force. `holds` is how long its sheet says it can last."""

    title: str
    holds: int | None = None
    review_on: Day | None = None


@dataclass(frozen=True, slots=True)
class Kit:
    """What lies ready on paper. `checked_on` None: never; `complete` as the last check found it."""

    name: str
    check_every_days: int
    checked_on: Day | None = None
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity in use. `objectives` is None without a BIA in force; `answered_on` dates that BIA.

    `inherited` is the strictest that the activities relying on it impose, None when none does. `name` is unique.
    `needs` counts what it relies on; `plan` names the validated plan that covers it; `tested_on` is its last test.
    """

    name: str
    critical: bool
    owner: str = ""
    perimeter: Perimeter | None = None
    objectives: Objectives | None = None
    inherited: Objectives | None = None
    answered_on: Day | None = None
    needs: int = 0
    plan: str = ""
    tested_on: Day | None = None
    modes: tuple[Mode, ...] = ()
    kits: tuple[Kit, ...] = ()
    measures: tuple[Measure, ...] = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource in use: `declared` by whoever runs it, `inherited` from what it supports (None: from nothing).

    `name` is unique among them: its kind is added to that of a namesake of another kind.
    """

    kind: str
    name: str
    critical: bool
    declared: Objectives = field(default_factory=Objectives)
    inherited: Objectives | None = None
    backup_every: int | None = None
    measures: tuple[Measure, ...] = ()

    @property
    def limits(self) -> Objectives:
        """For each objective the stricter of the declared and the inherited one."""
        declared, inherited = self.declared, self.inherited or Objectives()
        dmia, pdma = strictest(declared.dmia, inherited.dmia), strictest(declared.pdma, inherited.pdma)
        return Objectives(
            dmia,
            strictest(declared.rto, inherited.rto),
            pdma,
            strictest(declared.dmard, inherited.dmard),
            inherited.dmia_by if dmia == inherited.dmia else "",
            inherited.pdma_by if pdma == inherited.pdma else "",
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """A validated continuity and recovery plan in force."""

    title: str
    validated_on: Day
    review_on: Day | None = None


@dataclass(frozen=True, slots=True)
class ContinuityFacts:
    """An establishment at one moment, `today` on its own clock.

    `cycles` are loops of essential needs, by name; `absent` are the perimeters it does not have.
    """

    activities: tuple[Activity, ...]
    resources: tuple[Resource, ...]
    plans: tuple[Plan, ...]
    collected_at: CollectedAt
    today: Day
    cycles: tuple[tuple[str, ...], ...] = ()
    absent: tuple[Perimeter, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def measured(self) -> Iterator[tuple[str, Objectives, tuple[Measure, ...]]]:
        """Everything that was measured: its subject, its limits, its measures."""
        for activity in self.activities:
            yield activity.name, activity.objectives or Objectives(), activity.measures
        for resource in self.resources:
            yield resource.name, resource.limits, resource.measures

    @property
    def critical(self) -> tuple[Activity, ...]:
        """The activities that care cannot lose."""
        return tuple(activity for activity in self.activities if activity.critical)


_EMPTY: Mapping[str, Text] = {
    "activities": Text("Aucune activité n’est décrite.", "No activity is described."),
    "resources": Text("Aucune ressource n’est décrite.", "No resource is described."),
    "objectives": Text("Aucun bilan d’impact n’est en vigueur.", "No impact analysis is in force."),
    "declared": Text(
        "Aucune ressource ne déclare de délai de reprise ni d’intervalle de sauvegarde.",
        "No resource declares a recovery time or a backup interval.",
    ),
    "modes": Text("Aucun mode dégradé en vigueur ne dit combien de temps il tient.", "No degraded mode is timed."),
    "measures": Text(
        "Rien n’a encore été mesuré : ni essai, ni restauration chronométrée.",
        "Nothing has been measured yet: no test, no timed restore.",
    ),
}


def with_gaps(facts: ContinuityFacts) -> ContinuityFacts:
    """The same facts, with a gap for each section that holds nothing yet."""
    present = {
        "activities": bool(facts.activities),
        "resources": bool(facts.resources),
        "objectives": any(one.objectives for one in facts.activities),
        "declared": any(one.declared.rto or one.backup_every for one in facts.resources),
        "modes": any(mode.holds is not None for one in facts.activities for mode in one.modes),
        "measures": any(measures for _subject, _limits, measures in facts.measured),
    }
    missing = tuple(Gap(section, _EMPTY[section]) for section, there in present.items() if not there)
    return replace(facts, gaps=(*facts.gaps, *missing))


def worst(measures: Sequence[Measure], what: What) -> Measure | None:
    """The newest measure of that kind, which replaces those before it; the worse of two of one day."""
    newest = max((one.date for one in measures if one.what == what), default=None)
    of_day = [one for one in measures if one.what == what and one.date == newest]
    chosen = min if what == "held" else max
    return chosen(of_day, key=lambda one: one.minutes, default=None)


def strictest(*minutes: int | None) -> int | None:
    """The shortest of what was said, None when nobody said anything."""
    return min((one for one in minutes if one is not None), default=None)


def hours(minutes: int) -> float:
    """Minutes as hours, the unit of evidence."""
    return round(minutes / 60, 2)


FORMAT = DataclassFormat(ContinuityFacts, schema=1)
