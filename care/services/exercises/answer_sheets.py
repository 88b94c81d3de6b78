"""Which of the answers received are shown, and those that the facilitation sets aside.

Answers are shown three at a time, in the order in which they came; those copied from paper by threes of their own,
since who copies them knows them; those set aside leave by threes as well. Whatever is taken from whatever, what is
shown at one moment and at another, or what one knows oneself, never leaves the answer of one person. An answer that is
shown does not change any more, for the same reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.exercises import Round
from care.services.errors import Invalid, NotFound
from care.services.exercises.rooms import exercise_row
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.typed_texts import line_of
from care.store.exercises import ExerciseAnswer
from scanners.model import Scalar, Text

SHOWN_FROM = 3
"""Answers that are shown together: below three a mean is somebody's answer (our choice, as small counts elsewhere)."""
MAX_REASON = 300
_ASIDE = "#aside"
"""Beside the answers of a sheet set aside, where no question can be: its rank, the questions whose words were picked
and why."""
_DIGEST = 64
"""The key of a sheet sent by a device is a SHA-256; the facilitation copies one under a shorter key."""


def sheets_of(session: Session, exercise_id: int, which: Round) -> Sequence[ExerciseAnswer]:
    """What was answered to one questionnaire, in the order in which it came."""
    return session.scalars(
        select(ExerciseAnswer)
        .where(ExerciseAnswer.exercise_id == exercise_id, ExerciseAnswer.round == which)
        .order_by(ExerciseAnswer.id)
    ).all()


def said_in(sheet: ExerciseAnswer) -> dict[str, int | bool | str]:
    """What a sheet answers, by question."""
    return {question: value for question, value in sheet.answers.items() if question != _ASIDE}


def counted(sheets: Iterable[ExerciseAnswer]) -> list[ExerciseAnswer]:
    """The sheets that may be shown, those set aside among them; they do not change any more."""
    known = list(sheets)
    return [sheet for typed in (False, True) for sheet in _whole_threes(_of_hand(known, typed=typed))]


def shown(sheets: Iterable[ExerciseAnswer]) -> list[ExerciseAnswer]:
    """The sheets that the results rest on: `counted`, without those set aside, three by three."""
    found = counted(sheets)
    out: set[int] = set()
    for typed in (False, True):
        aside = sorted((one for one in _of_hand(found, typed=typed) if _ASIDE in one.answers), key=_rank)
        out |= {one.id for one in _whole_threes(aside)}
    return [one for one in found if one.id not in out]


def _of_hand(sheets: Iterable[ExerciseAnswer], *, typed: bool) -> list[ExerciseAnswer]:
    return [one for one in sheets if (len(one.key) < _DIGEST) is typed]


def _whole_threes(sheets: Sequence[ExerciseAnswer]) -> Sequence[ExerciseAnswer]:
    return sheets[: len(sheets) - len(sheets) % SHOWN_FROM]


def _rank(sheet: ExerciseAnswer) -> int:
    rank: int = sheet.answers[_ASIDE]["rank"]
    return rank


def why_aside(sheet: ExerciseAnswer, question: str) -> str | None:
    """Why the words of a sheet on a question were set aside; None when they were not. They are shown no more."""
    picked: dict[str, str] = sheet.answers.get(_ASIDE, {}).get("why", {})
    return picked.get(question)


def mark_of(words: int | bool | str) -> str:
    """What stands for some words in a form."""
    return hashlib.sha256(str(words).encode()).hexdigest()[:16]


def set_aside(
    platform: Platform, scope: Scope, exercise_id: int, which: Round, question: str, mark: str, reason: str
) -> None:
    """Set aside whatever said these words: they are hidden at once, the rest of the sheet leaves with two others.

    For good: taken back, it would tell what the sheet held. Invalid without a reason; NotFound for words not shown.
    """
    reason = line_of(reason)
    if not 0 < len(reason) <= MAX_REASON:
        text = Text(f"Dites pourquoi, en {MAX_REASON} signes au plus.", f"Say why, in at most {MAX_REASON} characters.")
        raise Invalid({"reason": text})
    with platform.database.write() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE, lock=True)
        sheets = sheets_of(session, row.id, which)
        said = [one for one in shown(sheets) if _says(one, question, mark)]
        if not said:
            raise NotFound
        last = max((_rank(one) for one in sheets if _ASIDE in one.answers), default=0)
        for rank, one in enumerate(said, last + 1):
            kept: dict[str, Any] = one.answers.get(_ASIDE, {"rank": rank, "why": {}})
            one.answers = {**one.answers, _ASIDE: {**kept, "why": {**kept["why"], question: reason}}}
        thing = Thing("exercise", row.id, row.establishment_id)
        detail: dict[str, Scalar] = {"round": which, "question": question, "count": len(said), "reason": reason}
        record(session, scope, "exercise.answer_set_aside", thing, platform.clock.now(), detail)


def _says(sheet: ExerciseAnswer, question: str, mark: str) -> bool:
    words = said_in(sheet).get(question)
    return isinstance(words, str) and mark_of(words) == mark and why_aside(sheet, question) is None
