"""What a continuity and recovery plan (PCRA) says, as its documents take it: everything in words of one language.

Durations are written (`4 h`), empty when nobody said. Long texts are Markdown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from reports.degraded_mode import DegradedMode
from reports.words import Lang


@dataclass(frozen=True, slots=True)
class PlanChapter:
    """A part that people wrote."""

    key: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class PlanActivity:
    """An activity the plan covers, with the objectives of its impact analysis. `needs` are names."""

    name: str
    kind: str
    criticality: str
    perimeter: str = ""
    owner: str = ""
    dmia: str = ""
    rto: str = ""
    pdma: str = ""
    dmard: str = ""
    minimum: str = ""
    peaks: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanResource:
    """What those activities rely on: what is asked of it (inherited) beside what whoever runs it declares."""

    name: str
    kind: str
    owner: str = ""
    place: str = ""
    asked_dmia: str = ""
    asked_pdma: str = ""
    asked_by: str = ""
    rto: str = ""
    pdma: str = ""
    dmard: str = ""
    backup: str = ""


@dataclass(frozen=True, slots=True)
class PlanRestart:
    """One restart; `late` when it cannot be ready within what is asked, even started at once."""

    number: int
    name: str
    kind: str
    after: tuple[str, ...] = ()
    restart: str = ""
    ready: str = ""
    asked: str = ""
    asked_by: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class PlanMode(DegradedMode):
    """A degraded mode in force; `replaces` names what it makes up for, "" for any digital loss."""

    replaces: str = ""
    kits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanTest:
    """A test of what the plan covers, done or planned."""

    title: str
    kind: str
    state: str
    on: date
    result: str = ""
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanCell:
    """A crisis cell by the functions that sit in it: names and numbers stay in the crisis directory."""

    name: str
    functions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanPicture:
    """The map of dependencies (`svg`), and the sentence that says the same."""

    svg: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class PlanSignature:
    """Who validated the plan, in what capacity, when, and until when it holds without being read again."""

    name: str
    title: str
    on: date
    review_on: date


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """A version of a plan. Without a signature it is a project, and says so on every page.

    `restart_notes` are sentences on what the order does without; `remarks` on what was missing that day;
    `former` are the versions validated before, one sentence each.
    """

    lang: Lang
    issued_at: datetime
    establishment: str
    finess: str
    title: str
    number: int
    chapters: tuple[PlanChapter, ...]
    activities: tuple[PlanActivity, ...] = ()
    resources: tuple[PlanResource, ...] = ()
    restart: tuple[PlanRestart, ...] = ()
    restart_notes: tuple[str, ...] = ()
    modes: tuple[PlanMode, ...] = ()
    tests: tuple[PlanTest, ...] = ()
    cells: tuple[PlanCell, ...] = ()
    remarks: tuple[str, ...] = ()
    picture: PlanPicture | None = None
    signature: PlanSignature | None = None
    former: tuple[str, ...] = ()
