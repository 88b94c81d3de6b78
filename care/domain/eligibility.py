"""Which tests count: for D2.O1.D, for D2.O4, and for the yearly duty to play a cyber crisis. Pure.

Sources: ANS, CaRE domain 2, both in the operational phase (field exercise of a continuity plan; restore test of a
system that serves an activity named for D2.O1.C); national indicator of crisis exercises (a cyber trigger, degraded
digital mode played, general management and business directorates present, every year; a purely technical test, a
planned maintenance or a restoration does not count).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from care.domain.continuity import TestKind, TestState
from scanners.model import Text

PHASE_START = date(2025, 7, 16)
"""Publication of the arrêté of 3 July 2025 (JO of 16 July 2025): the operational phase of CaRE domain 2 begins."""
PHASE_SOURCE = Text(
    "publication au JO de l’arrêté du 3 juillet 2025", "publication in the JO of the order of 3 July 2025"
)


class Duty(StrEnum):
    """What a test may count for."""

    D2_O1_D = "care-d2:O1.D"
    D2_O4 = "care-d2:O4"
    YEARLY = "yearly"


DUTIES: Mapping[Duty, Text] = {
    Duty.D2_O1_D: Text("D2.O1.D : exercice de terrain d’un plan", "D2.O1.D: field exercise of a plan"),
    Duty.D2_O4: Text("D2.O4 : essai de restauration", "D2.O4: restore test"),
    Duty.YEARLY: Text("Exercice de crise cyber de l’année", "Cyber crisis exercise of the year"),
}


@dataclass(frozen=True, slots=True)
class Played:
    """What decides of a test. `activities` and `resources` count what was put to the test.

    `serves_perimeter`: one of those resources serves an activity named for a perimeter of D2.O1.C.
    """

    kind: TestKind
    state: TestState
    done_on: date | None
    activities: int = 0
    resources: int = 0
    serves_perimeter: bool = False
    plan: bool = False
    cyber_triggered: bool = False
    degraded_played: bool = False
    management_present: bool = False
    directorates_present: bool = False
    in_maintenance: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """The operational phase: from the publication to the declaration, which may not have been made yet."""

    start: date = PHASE_START
    end: date | None = None

    def holds(self, day: date) -> bool:
        """Whether a day lies in it, both ends included."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a test counts for a duty, and every reason why it does not."""

    duty: Duty
    counts: bool
    reasons: tuple[Text, ...]


_NOT_DONE = Text("l’essai n’a pas encore été fait", "the test has not been done yet")
_NOT_FIELD = Text("ce n’est pas un exercice de terrain", "it is not a field exercise")
_NO_PLAN = Text("il ne met à l’épreuve aucun plan", "it puts no plan to the test")
_NO_ACTIVITY = Text("aucune activité n’y est mise à l’épreuve", "no activity is put to the test")
_NOT_RESTORE = Text("ce n’est pas un essai de restauration", "it is not a restore test")
_NO_RESOURCE = Text("aucun système n’y est restauré", "no system is restored in it")
_NO_PERIMETER = Text(
    "aucun système restauré ne sert une activité désignée pour un périmètre de D2.O1.C",
    "no restored system serves an activity named for a perimeter of D2.O1.C",
)
_OUTSIDE = Text("il a eu lieu hors de la phase opérationnelle", "it took place outside the operational phase")
_TECHNICAL = Text(
    "un essai de restauration ou de bascule est technique : il ne compte pas pour l’exercice annuel",
    "a restore or failover test is technical: it does not count as the yearly exercise",
)
_NO_CYBER = Text("le point de départ n’est pas un incident cyber", "it does not start with a cyber incident")
_NO_DEGRADED = Text("le mode dégradé numérique n’y est pas joué", "degraded digital mode is not played")
_NO_MANAGEMENT = Text("la direction générale n’y participe pas", "the general management takes no part")
_NO_DIRECTORATE = Text("aucune direction métier n’y participe", "no business directorate takes part")
_MAINTENANCE = Text(
    "il profite d’une maintenance programmée : personne n’y est surpris",
    "it takes place in a planned maintenance: nobody is taken by surprise",
)


def answers(played: Played, phase: Phase, year: int) -> tuple[Answer, ...]:
    """What the test counts for, duty by duty; `year` is the civil year of the yearly duty."""
    return (_field(played, phase), _restore(played, phase), _yearly(played, year))


def _answer(duty: Duty, *checks: tuple[bool, Text]) -> Answer:
    reasons = tuple(reason for holds, reason in checks if not holds)
    return Answer(duty, not reasons, reasons)


def _done(played: Played) -> bool:
    return played.state is TestState.DONE and played.done_on is not None


def _in_phase(played: Played, phase: Phase) -> bool:
    return played.done_on is None or phase.holds(played.done_on)


def _field(played: Played, phase: Phase) -> Answer:
    return _answer(
        Duty.D2_O1_D,
        (_done(played), _NOT_DONE),
        (played.kind is TestKind.FIELD, _NOT_FIELD),
        (played.plan, _NO_PLAN),
        (played.activities > 0, _NO_ACTIVITY),
        (_in_phase(played, phase), _OUTSIDE),
    )


def _restore(played: Played, phase: Phase) -> Answer:
    return _answer(
        Duty.D2_O4,
        (_done(played), _NOT_DONE),
        (played.kind is TestKind.RESTORE, _NOT_RESTORE),
        (played.resources > 0, _NO_RESOURCE),
        (played.serves_perimeter or not played.resources, _NO_PERIMETER),
        (_in_phase(played, phase), _OUTSIDE),
    )


def _yearly(played: Played, year: int) -> Answer:
    if played.kind in {TestKind.RESTORE, TestKind.FAILOVER}:
        return _answer(Duty.YEARLY, (False, _TECHNICAL))
    elsewhere = Text(f"il n’a pas eu lieu en {year}", f"it did not take place in {year}")
    return _answer(
        Duty.YEARLY,
        (_done(played), _NOT_DONE),
        (played.done_on is None or played.done_on.year == year, elsewhere),
        (not played.in_maintenance, _MAINTENANCE),
        (played.cyber_triggered, _NO_CYBER),
        (played.degraded_played, _NO_DEGRADED),
        (played.management_present, _NO_MANAGEMENT),
        (played.directorates_present, _NO_DIRECTORATE),
    )
