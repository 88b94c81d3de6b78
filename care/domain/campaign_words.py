"""What an establishment answers to a campaign of its region, as bundles tell it: no text that a person typed. Pure.

An answer to a question is `yes`, `no`, `unknown`, the rank of a choice, a whole number or a day; of audits only that
they are done, and when. `questions` tells to which questions it was given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from care.domain.questionnaires import LARGEST, MOST_QUESTIONS, NO, UNKNOWN, YES, Answer, Question
from care.domain.regional import Said
from care.domain.signed_documents import FINESS, HEX64, MOMENT, UUID, object_of, string_of, text_of, wrong_value
from scanners.model import Text

_WORD = frozenset({"campaign", "finess", "said", "at", "questions", "answers"})
_SAID = {one.value: one for one in Said}
_DAY = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}\Z")


@dataclass(frozen=True, slots=True)
class CampaignWord:
    """Where one establishment stands with a campaign, and since when. `answers`, by number of question, are those of a
    questionnaire that was sent; `questions` is their mark, empty for audits."""

    campaign: str
    finess: str
    said: Said
    at: datetime
    questions: str
    answers: Mapping[int, Answer]


def written_word(one: CampaignWord) -> dict[str, Any]:
    """A word as bundles write it."""
    return {
        "campaign": one.campaign,
        "finess": one.finess,
        "said": one.said.value,
        "at": f"{one.at:%Y-%m-%dT%H:%M:%SZ}",
        "questions": one.questions,
        "answers": [[number, answer] for number, answer in sorted(one.answers.items())],
    }


def read_words(told: Sequence[object]) -> tuple[CampaignWord, ...]:
    """The words of a bundle; DocumentError."""
    words = tuple(_word(one) for one in told)
    if len({(one.campaign, one.finess) for one in words}) < len(words):
        raise wrong_value("campaigns", "×2")
    return words


def _word(told: object) -> CampaignWord:
    entry = object_of(told, _WORD, Text("une réponse à une campagne", "an answer to a campaign"))
    said = string_of(entry, "said")
    if said not in _SAID:
        raise wrong_value("said", said)
    questions, answers = string_of(entry, "questions"), _answers(entry["answers"])
    if questions and HEX64.match(questions) is None:
        raise wrong_value("questions", questions)
    if bool(answers) is not bool(questions and _SAID[said] is Said.DONE):
        raise wrong_value("answers", entry["answers"])
    return CampaignWord(
        campaign=text_of(entry, "campaign", UUID),
        finess=text_of(entry, "finess", FINESS),
        said=_SAID[said],
        at=_moment(entry),
        questions=questions,
        answers=answers,
    )


def _answers(told: object) -> dict[int, Answer]:
    if not isinstance(told, list) or len(told) > MOST_QUESTIONS:
        raise wrong_value("answers", told)
    found = [_answer(one) for one in told]
    if any(first[0] >= second[0] for first, second in pairwise(found)):
        raise wrong_value("answers", told)
    return dict(found)


def _answer(told: object) -> tuple[int, Answer]:
    if not isinstance(told, list) or len(told) != 2:
        raise wrong_value("answers", told)
    number, answer = told
    if type(number) is not int or not 1 <= number <= MOST_QUESTIONS or not _possible(answer):
        raise wrong_value("answers", told)
    return number, answer


def _possible(answer: object) -> bool:
    if type(answer) is int:
        return 0 <= answer <= LARGEST
    return isinstance(answer, str) and (answer in (YES, NO, UNKNOWN) or _DAY.match(answer) is not None)


def _moment(entry: Mapping[str, Any]) -> datetime:
    told = text_of(entry, "at", MOMENT)
    try:
        return datetime.fromisoformat(told)
    except ValueError:
        raise wrong_value("at", told) from None


def answers_to(questions: Sequence[Question], word: CampaignWord) -> dict[str, Answer] | None:
    """The answers of a word as a sheet keeps them; none unless each question has one that it offers."""
    if word.answers.keys() != {one.number for one in questions}:
        return None
    found = {one.number: one.read(str(word.answers[one.number])) for one in questions}
    if any(
        found[number] != answer or type(found[number]) is not type(answer) for number, answer in word.answers.items()
    ):
        return None
    return {str(number): answer for number, answer in word.answers.items()}
