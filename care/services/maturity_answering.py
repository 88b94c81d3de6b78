"""Answering the self-assessment of crisis maturity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.maturity import TOP, Maturity
from care.services.errors import Invalid, NotFound, Refused
from care.services.maturity import AnswerView, answers_of
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.typed_texts import lines_of
from care.store.exercises import Exercise, MaturityAnswer
from care.store.registry import Establishment
from scanners.model import Text

MAX_NOTE = 2_000


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """An answer as given. `score` None: the question does not apply. `seen` is the id of the answer that was shown."""

    question: str
    score: int | None
    note: str = ""
    seen: int = 0


def answer_questions(
    platform: Platform,
    scope: Scope,
    establishment_id: int,
    drafts: Sequence[AnswerDraft],
    exercise_id: int | None = None,
) -> int:
    """Record the answers that say something new; returns how many did.

    Invalid names the question (`score-2.1`, `note-2.1`). Refused, with nothing recorded, when somebody answered one of
    them otherwise since it was shown. `exercise_id` is the exercise that showed it. NotFound, Forbidden.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.RUN_EXERCISE)
        session.get(Establishment, place.id, with_for_update=True)
        if exercise_id is not None and _establishment_of(session, exercise_id) != place.id:
            raise NotFound
        latest = dict(answers_of(session, place.id))  # in order: the last of each question
        new = [one for one in drafts if _says_more(one, latest.get(one.question))]
        _check(platform.kits.maturity, new)
        _check_seen(new, latest, ZoneInfo(platform.settings.timezone))
        for one in new:
            session.add(
                MaturityAnswer(
                    establishment_id=place.id,
                    question=one.question,
                    score=one.score,
                    note=lines_of(one.note),
                    exercise_id=exercise_id,
                    answered_at=now,
                    answered_by=scope.name or scope.actor,
                )
            )
        if new:
            detail = {"questions": ",".join(one.question for one in new)}
            record(session, scope, "maturity.answered", Thing("establishment", place.id, place.id), now, detail)
        return len(new)


def _establishment_of(session: Session, exercise_id: int) -> int | None:
    return session.scalar(select(Exercise.establishment_id).where(Exercise.id == exercise_id))


def _says_more(draft: AnswerDraft, known: AnswerView | None) -> bool:
    return known is None or (known.score, known.note) != (draft.score, lines_of(draft.note))


def _check(kit: Maturity, drafts: Iterable[AnswerDraft]) -> None:
    faults: dict[str, Text] = {}
    for one in drafts:
        question = kit.questions.get(one.question)
        if question is None:
            raise NotFound
        if (one.score is None and not question.optional) or (one.score is not None and not 0 <= one.score <= TOP):
            faults[f"score-{one.question}"] = _CHOOSE
        if len(one.note) > MAX_NOTE:
            faults[f"note-{one.question}"] = Text(
                f"Une note de {MAX_NOTE} signes au plus.", f"A note of at most {MAX_NOTE} characters."
            )
    if faults:
        raise Invalid(faults)


_CHOOSE = Text("Choisissez un niveau de 0 à 3.", "Choose a level from 0 to 3.")


def _check_seen(drafts: Iterable[AnswerDraft], latest: Mapping[str, AnswerView], zone: ZoneInfo) -> None:
    for one in drafts:
        known = latest.get(one.question)
        if known is not None and known.id != one.seen:
            at = known.answered_at.astimezone(zone)
            score = "–" if known.score is None else str(known.score)
            raise Refused(
                Text(
                    f"Entre-temps, {known.answered_by} a répondu {score} à la question {one.question} (le "
                    f"{at:%d/%m/%Y à %H:%M}). Rien n’est perdu : relisez, puis enregistrez de nouveau.",
                    f"In the meantime, {known.answered_by} answered {score} to question {one.question} (on "
                    f"{at:%Y-%m-%d at %H:%M}). Nothing is lost: read again, then save again.",
                )
            )
