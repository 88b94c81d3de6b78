"""What an exercise counts for: the yearly duty and D2.O1.D, as planned and as played (`care.domain.eligibility`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.attendance import attendance_of
from care.domain.continuity import TestState
from care.domain.eligibility import DUTIES, Answer, Duty, Played, answers
from care.services.continuity_test_reading import AnswerView
from care.services.continuity_test_rows import nodes_of, phase_at, played
from care.services.exercises.rooms import exercise_row
from care.services.platform import Platform
from care.store.continuity import ContinuityTest
from care.store.exercises import Exercise
from care.store.registry import Establishment
from exercises.kit import Kit
from scanners.model import Lang, Text

DUTIES_OF_EXERCISES = (Duty.YEARLY, Duty.D2_O1_D)
"""What an exercise may count for; a restore test is none."""


@dataclass(frozen=True, slots=True)
class PlanWorth:
    """What an exercise would count for, played as planned. `to_ensure`: what only the day itself will tell, and which
    the yearly duty asks for."""

    answers: tuple[AnswerView, ...]
    to_ensure: tuple[str, ...]

    @property
    def counts(self) -> bool:
        """Whether it would count for something."""
        return any(one.counts for one in self.answers)


_MANAGEMENT = Text("la direction générale doit être là", "the general management must be there")
_CELL_MANAGEMENT = Text(
    "la direction générale doit être là (attendue : cellule « {cell} »)",
    "the general management must be there (expected: cell “{cell}”)",
)
_DIRECTORATES = Text(
    "au moins une direction métier (soins, finances, ressources humaines…) doit être là",
    "at least one business directorate (care, finance, human resources…) must be there",
)
_MAINTENANCE = Text(
    "l’exercice ne doit pas profiter d’une maintenance programmée",
    "the exercise must not take place in a planned maintenance",
)


def eligibility_of_plan(platform: Platform, scope: Scope, exercise_id: int) -> PlanWorth:
    """What an exercise would count for if it were played as planned, and what is missing. NotFound, Forbidden."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.SEE_EXERCISES)
        kit = Kit.model_validate(row.content)
        on = row.planned_at.astimezone(ZoneInfo(platform.settings.timezone)).date()
        known = replace(
            tested(session, row),
            state=TestState.DONE,
            done_on=on,
            cyber_triggered=kit.cyber_trigger,
            degraded_played=kit.degraded_mode,
            management_present=True,
            directorates_present=True,
            in_maintenance=False,
        )
        found = worth(session, row, known, on)
    yearly = next(one for one in found if one.duty is Duty.YEARLY)
    to_ensure = _to_ensure(kit, scope.lang) if yearly.counts else ()
    return PlanWorth(views(found, scope.lang), to_ensure)


def _to_ensure(kit: Kit, lang: Lang) -> tuple[str, ...]:
    cells = (one.name for one in kit.cells if attendance_of(one.functions).management)
    cell = next(cells, None)
    management = _MANAGEMENT.render(lang) if cell is None else _CELL_MANAGEMENT.render(lang).format(cell=cell)
    return (management, _DIRECTORATES.render(lang), _MAINTENANCE.render(lang))


def tested(session: Session, row: Exercise) -> Played:
    """What decides of the exercise's worth, as its continuity test says it now."""
    test = session.get_one(ContinuityTest, row.test_id)
    return played(test, [node for _one, node in nodes_of(session, [test.id])[test.id]], {})


def worth(session: Session, row: Exercise, known: Played, on: date) -> tuple[Answer, ...]:
    """The answers for the duties an exercise may count for, on that day."""
    phase = phase_at(session, session.get_one(Establishment, row.establishment_id))
    found = answers(known, phase, on.year)
    return tuple(next(one for one in found if one.duty is duty) for duty in DUTIES_OF_EXERCISES)


def views(found: Sequence[Answer], lang: Lang) -> tuple[AnswerView, ...]:
    """Answers in the reader's language."""
    return tuple(
        AnswerView(
            one.duty, DUTIES[one.duty].render(lang), one.counts, tuple(text.render(lang) for text in one.reasons)
        )
        for one in found
    )
