"""The deadlines of exercises that were played: the report, then the cold questionnaire."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right
from care.domain.deadlines import Deadline, DeadlineKind
from care.domain.exercises import PLAYED, RETEX_WITHIN, ExerciseStage, Round
from care.services.deadline_source import Source, Wanted, at_site, there
from care.services.exercises.questionnaires import opening_of
from care.store.exercises import Exercise, ExerciseAnswer
from scanners.model import Text


def debriefs(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Exercises played and not closed yet, and cold questionnaires to hand out that nobody has answered."""
    answered = select(ExerciseAnswer.exercise_id).where(ExerciseAnswer.round == Round.COLD)
    query = select(Exercise, Exercise.id.in_(answered)).where(
        Exercise.stage.in_(PLAYED), Exercise.ended_at.is_not(None)
    )
    for row, cold in session.execute(query.where(*there(Exercise.establishment_id, wanted))):
        if row.stage is ExerciseStage.DEBRIEF:
            yield from _report(row, wanted)
        if row.content.get("cold") and not cold:
            yield from _cold(row, wanted)


def _report(row: Exercise, wanted: Wanted) -> Iterator[Deadline]:
    due_on = wanted.day((row.ended_at or wanted.now) + RETEX_WITHIN)
    if due_on <= wanted.until:
        yield Deadline(
            kind=DeadlineKind.EXERCISE,
            identity=f"retex:{row.id}",
            place=at_site(row.establishment_id),
            title=Text(f"Clore le débriefing : « {row.title} »", f"Close the debrief: “{row.title}”"),
            due_on=due_on,
            changed_at=row.changed_at,
            address=f"/establishments/{row.establishment_id}/exercises/{row.id}/debrief",
            owner=row.director,
        )


def _cold(row: Exercise, wanted: Wanted) -> Iterator[Deadline]:
    """Until it closes: what was not asked in time is no longer asked."""
    opening = opening_of(row, Round.COLD)
    if opening.since is None or opening.until is None or opening.until <= wanted.now:
        return
    due_on = wanted.day(opening.since)
    if due_on <= wanted.until:
        yield Deadline(
            kind=DeadlineKind.EXERCISE,
            identity=f"cold:{row.id}",
            place=at_site(row.establishment_id),
            title=Text(
                f"Envoyer le questionnaire à froid : « {row.title} »", f"Hand out the cold questionnaire: “{row.title}”"
            ),
            due_on=due_on,
            changed_at=row.ended_at or row.changed_at,
            address=f"/establishments/{row.establishment_id}/exercises/{row.id}/debrief/questionnaires",
            owner=row.director,
        )


SOURCES: tuple[Source, ...] = (
    Source(DeadlineKind.EXERCISE, debriefs, Right.SEE_EXERCISES, Right.RUN_EXERCISE, (14, 7, 1), weekly=True),
)
"""The sources of exercises."""
