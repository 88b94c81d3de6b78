"""Questions that a region asks of its establishments: how each is answered, and what may be told of the answers. Pure.

“Not known” is an answer to every question; a question left empty is none, and never counts as zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from statistics import median_low

from care.domain.disclosure import Cell, hidden_figures
from care.domain.regional import FEWEST
from scanners.model import Text

MOST_QUESTIONS = 40
MOST_CHOICES = 12
MAX_WORDS = 500
MAX_CHOICE = 200
LARGEST = 10**9
"""Bounds of a questionnaire, of its texts and of a number typed in it: our choice."""
YES, NO, UNKNOWN = "yes", "no", "unknown"
GIVEN = "given"
"""What is counted of a number or a date that was given."""
Answer = str | int
"""`yes`, `no`, the rank of a choice, a number, a day as 2026-03-12; `unknown` for any question."""

ANSWER_NAMES: Mapping[str, Text] = {
    YES: Text("Oui", "Yes"),
    NO: Text("Non", "No"),
    UNKNOWN: Text("Non connu", "Not known"),
    GIVEN: Text("Réponse donnée", "Answer given"),
}
_NOT_OFFERED = Text("Choisissez une des réponses proposées.", "Choose one of the answers offered.")
_NO_NUMBER = Text(
    f"Un nombre entier entre 0 et {LARGEST} est attendu, ou « non connu ».",
    f"A whole number between 0 and {LARGEST} is expected, or “not known”.",
)
_NO_DAY = Text(
    "Une date est attendue, comme 2026-03-12, ou « non connu ».",
    "A date is expected, like 2026-03-12, or “not known”.",
)


class QuestionKind(StrEnum):
    """How a question is answered."""

    YES_NO = "yes_no"
    CHOICE = "choice"
    NUMBER = "number"
    DATE = "date"


QUESTION_KINDS: Mapping[QuestionKind, Text] = {
    QuestionKind.YES_NO: Text("Oui, non, non connu", "Yes, no, not known"),
    QuestionKind.CHOICE: Text("Un choix parmi une liste", "One choice of a list"),
    QuestionKind.NUMBER: Text("Un nombre entier", "A whole number"),
    QuestionKind.DATE: Text("Une date", "A date"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A question; `number` from 1. Only a choice has `choices`, at least two."""

    number: int
    words: str
    kind: QuestionKind
    choices: tuple[str, ...] = ()

    @property
    def offered(self) -> tuple[str, ...]:
        """What is counted of it: the answers offered, or whether one was given."""
        known = {
            QuestionKind.YES_NO: (YES, NO),
            QuestionKind.CHOICE: tuple(map(str, range(len(self.choices)))),
            QuestionKind.NUMBER: (GIVEN,),
            QuestionKind.DATE: (GIVEN,),
        }
        return (*known[self.kind], UNKNOWN)

    def name_of(self, answer: str) -> Text:
        """The words of something offered."""
        if self.kind is QuestionKind.CHOICE and answer != UNKNOWN:
            words = self.choices[int(answer)]
            return Text(words, words)
        return ANSWER_NAMES[answer]

    def read(self, typed: str) -> Answer | Text | None:
        """The answer that was typed; None when there is none, the fault when it cannot be one."""
        typed = typed.strip()
        if typed in ("", UNKNOWN):
            return typed or None
        readers = {QuestionKind.NUMBER: _number, QuestionKind.DATE: _day}
        return readers[self.kind](typed) if self.kind in readers else self._offered(typed)

    def _offered(self, typed: str) -> Answer | Text:
        if typed not in self.offered:
            return _NOT_OFFERED
        return int(typed) if self.kind is QuestionKind.CHOICE else typed

    def shown(self, answer: Answer) -> Answer | date | Text:
        """An answer as a person or a spreadsheet reads it."""
        if answer == UNKNOWN or self.kind in (QuestionKind.YES_NO, QuestionKind.CHOICE):
            return self.name_of(str(answer))
        return date.fromisoformat(str(answer)) if self.kind is QuestionKind.DATE else answer


def _number(typed: str) -> Answer | Text:
    digits = "".join(typed.split())
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > len(str(LARGEST)) or int(digits) > LARGEST:
        return _NO_NUMBER
    return int(digits)


def _day(typed: str) -> Answer | Text:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return _NO_DAY
    return day.isoformat() if 1970 <= day.year <= 2100 else _NO_DAY


def fault_of(question: Question) -> Text | None:
    """What keeps a question from being one; none when it is one."""
    if not 0 < len(question.words) <= MAX_WORDS:
        return Text(f"Une question de 1 à {MAX_WORDS} signes.", f"A question of 1 to {MAX_WORDS} characters.")
    return _choice_fault(question.choices) if question.kind is QuestionKind.CHOICE else None


def _choice_fault(choices: Sequence[str]) -> Text | None:
    if not 2 <= len(choices) <= MOST_CHOICES:
        return Text(f"De 2 à {MOST_CHOICES} réponses, une par ligne.", f"From 2 to {MOST_CHOICES} answers, one a line.")
    if len(set(choices)) < len(choices):
        return Text("Deux réponses sont identiques.", "Two answers are the same.")
    if not 0 < min(map(len, choices)) <= max(map(len, choices)) <= MAX_CHOICE:
        return Text(f"Une réponse a {MAX_CHOICE} signes au plus.", f"An answer has at most {MAX_CHOICE} characters.")
    return None


@dataclass(frozen=True, slots=True)
class Tally:
    """The answers to a question, counted; a count is None when it may not be told. `answered` is their sum, None when
    they are too few to be told of. `middle`, `least` and `most` are those of numbers and dates, None when not told."""

    question: Question
    counts: Mapping[str, int | None]
    answered: int | None
    middle: Answer | None = None
    least: Answer | None = None
    most: Answer | None = None


def tally(question: Question, answers: Iterable[Answer]) -> Tally:
    """Count the answers of those who answered, for who may read each of them."""
    given = list(answers)
    known = [one for one in given if one != UNKNOWN]
    if question.kind in (QuestionKind.YES_NO, QuestionKind.CHOICE):
        found = Counter(str(one) for one in given)
        return Tally(question, {one: found[one] for one in question.offered}, len(given))
    counts = {GIVEN: len(known), UNKNOWN: len(given) - len(known)}
    if not known:
        return Tally(question, counts, len(given))
    in_order = sorted(known, key=lambda one: (str(type(one)), one))
    return Tally(question, counts, len(given), _middle(in_order), in_order[0], in_order[-1])


def _middle(in_order: list[Answer]) -> Answer:
    return in_order[median_low(range(len(in_order)))]


def disclosed(found: Tally) -> Tally:
    """The same as establishments may read it: no group below `FEWEST`, none that subtraction would give away.

    When all gave one answer, telling so would tell what each of them said. The extremes of numbers and dates are
    answers of a single establishment.
    """
    counts = told_counts({name: count or 0 for name, count in found.counts.items()})
    answered = found.answered if (found.answered or 0) >= FEWEST else None
    enough = (found.counts.get(GIVEN) or 0) >= FEWEST
    return Tally(found.question, counts, answered, found.middle if enough else None)


def told_counts(counts: Mapping[str, int]) -> Mapping[str, int | None]:
    """Counts of one question as they may be told beside their total: None for those that stay hidden.

    Every establishment weighs the same: disclosure control sees a table of one line. It says nothing of an answer that
    all gave, which would tell what each said; a number or a date that all gave tells of nobody.
    """
    total = sum(counts.values())
    table = {(_EVERYWHERE, name): Cell(count, count, count) for name, count in counts.items()}
    hidden = {name for region, name in hidden_figures(table) if region is None and name is not None}
    if total < FEWEST or (total == max(counts.values()) and counts.get(GIVEN) != total):
        hidden = set(counts)
    if hidden:
        # A zero beside hidden counts would leave fewer of them to choose from.
        hidden |= {name for name, count in counts.items() if not count}
    return {name: None if name in hidden else count for name, count in counts.items()}


_EVERYWHERE = 0
"""The one line of the table of a question."""
