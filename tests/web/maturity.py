"""A self-assessment under way, for the tests of pages."""

from __future__ import annotations

from care.services.maturity_answering import AnswerDraft, answer_questions
from care.services.platform import Platform
from tests.support.people import MACHINE


def plant_maturity(platform: Platform, establishment_id: int, exercise_id: int) -> None:
    """Half of the questions answered, one of them after an exercise, one twice."""
    drafts = [AnswerDraft(f"{theme}.{rank}", (theme + rank) % 4) for theme in (1, 2, 5) for rank in (1, 2, 3)]
    answer_questions(platform, MACHINE, establishment_id, [*drafts, AnswerDraft("2.9", None)])
    answer_questions(platform, MACHINE, establishment_id, [AnswerDraft("10.7", 1, "Vu la nuit")], exercise_id)
