"""Questions that people answer where no measure settles a requirement: their words, conditions and typed values. Pure.

A question belongs to one requirement of a framework; its answer is the answer of that requirement, with a value when a
rule needs more than a yes: a number, a day, the choices that hold. What the value is worth is never left to who types
it: `verdict_of` says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from care.domain.plans import months_later
from care.domain.programme import AnswerVerdict
from scanners.model import Lang, Text

TypedValue = int | str | tuple[str, ...]
"""A typed value: a whole number, a day as 2026-03-12, the ids of the choices that hold."""
REVIEW_MONTHS = 12
"""After how long an answer is asked again when nothing says otherwise: our choice, as for reviews of access."""
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters of the code of a paper form: none that is mistaken for another when written by hand."""
CODE_LENGTH = 6


class ValueKind(StrEnum):
    """What a question wants besides yes or no."""

    NUMBER = "number"
    DATE = "date"
    CHOICES = "choices"


class Circumstance(StrEnum):
    """Something without which a question has no object, that the platform may know of by itself."""

    ASSISTANCE = "assistance"
    NO_GATEWAY = "no_gateway"
    TOLD = "told"
    """Only a person can tell."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the things that may hold."""

    id: str
    title: Text


@dataclass(frozen=True, slots=True)
class Value:
    """A typed value and when it suffices.

    Numbers: `least` and `most` wanted, None where there is no bound; `highest` is what can be typed; 0 never suffices
    where only a `most` is wanted (a lock after 0 minutes is none). Dates: at most `months` old. Choices: all of them.
    """

    kind: ValueKind
    unit: Text | None = None
    least: int | None = None
    most: int | None = None
    highest: int = 36_500
    months: int | None = None
    choices: tuple[Choice, ...] = ()

    def fault(self, given: TypedValue | None, today: date) -> Text | None:
        """Why it is no value of that kind; None when it is one, or when there is none."""
        if given is None:
            return None
        return _FAULTS[self.kind](self, given, today)

    def verdict_of(self, given: TypedValue, today: date) -> AnswerVerdict:
        """What a value is worth."""
        return _VERDICTS[self.kind](self, given, today)

    def shown(self, given: TypedValue, lang: Lang) -> str:
        """A value as people read it."""
        if isinstance(given, tuple):
            named = {one.id: one.title.render(lang) for one in self.choices}
            return ", ".join(named.get(one, one) for one in given) or ("aucun" if lang == "fr" else "none")
        if isinstance(given, str):
            day = date.fromisoformat(given)
            return f"{day:%d/%m/%Y}" if lang == "fr" else given
        return f"{given} {self.unit.render(lang)}" if self.unit else str(given)


def _number_fault(value: Value, given: TypedValue, _today: date) -> Text | None:
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given <= value.highest:
        return None
    return Text(
        f"Un nombre entier de 0 à {value.highest} est attendu.",
        f"A whole number from 0 to {value.highest} is expected.",
    )


def _date_fault(_value: Value, given: TypedValue, today: date) -> Text | None:
    try:
        day = date.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        day = None
    if day is None or day.year < 1990:
        return Text("Une date est attendue, comme 12/03/2026.", "A date is expected, like 2026-03-12.")
    if day > today:
        return Text(
            "Cette date est à venir : donnez celle de la dernière fois.",
            "This date is to come: give that of the last time.",
        )
    return None


def _choices_fault(value: Value, given: TypedValue, _today: date) -> Text | None:
    known = {one.id for one in value.choices}
    if isinstance(given, tuple) and len(set(given)) == len(given) and known.issuperset(given):
        return None
    return Text("Cochez parmi les cases proposées.", "Tick among the boxes offered.")


def _number_verdict(value: Value, given: TypedValue, _today: date) -> AnswerVerdict:
    number = given if isinstance(given, int) else 0
    enough = value.least is None or number >= value.least
    little = value.most is None or (0 < number <= value.most)
    return AnswerVerdict.YES if enough and little else AnswerVerdict.NO


def _date_verdict(value: Value, given: TypedValue, today: date) -> AnswerVerdict:
    recent = value.months is None or months_later(date.fromisoformat(str(given)), value.months) >= today
    return AnswerVerdict.YES if recent else AnswerVerdict.NO


def _choices_verdict(value: Value, given: TypedValue, _today: date) -> AnswerVerdict:
    ticked = set(given) if isinstance(given, tuple) else set()
    if ticked == {one.id for one in value.choices}:
        return AnswerVerdict.YES
    return AnswerVerdict.PARTLY if ticked else AnswerVerdict.NO


_FAULTS = {
    ValueKind.NUMBER: _number_fault,
    ValueKind.DATE: _date_fault,
    ValueKind.CHOICES: _choices_fault,
}
_VERDICTS = {
    ValueKind.NUMBER: _number_verdict,
    ValueKind.DATE: _date_verdict,
    ValueKind.CHOICES: _choices_verdict,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """Without which a question has no object. `ask` is asked first, `absent` is what a person says when there is none:
    it is then the reason why the requirement does not apply. `known_by` is how the platform may know."""

    id: str
    ask: Text
    absent: Text
    known_by: Circumstance


@dataclass(frozen=True, slots=True)
class Question:
    """The question of one requirement. `look` says where to look for the answer. `answers` is the field of a request of
    `workstations` that its answer fills, "" for none."""

    item: str
    look: Text
    value: Value | None = None
    condition: Condition | None = None
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Questions that the same person can answer in one go; `domain` is the section of the framework they belong to."""

    id: str
    domain: str
    title: Text
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Questionnaire:
    """The questions of one framework, in the order in which they are asked."""

    framework: str
    sections: tuple[Section, ...]

    @cached_property
    def by_item(self) -> Mapping[str, Question]:
        """Every question by its requirement."""
        return {one.item: one for section in self.sections for one in section.questions}

    @cached_property
    def section_of(self) -> Mapping[str, Section]:
        """The section of each question."""
        return {one.item: section for section in self.sections for one in section.questions}

    def section(self, section_id: str) -> Section | None:
        """A section by its id."""
        return next((one for one in self.sections if one.id == section_id), None)

    def following(self, section_id: str) -> str:
        """The id of the section after; "" after the last."""
        ids = [one.id for one in self.sections]
        rank = ids.index(section_id) + 1
        return ids[rank] if rank < len(ids) else ""


def stored(given: TypedValue | None) -> int | str | list[str] | None:
    """A value as JSON."""
    return list(given) if isinstance(given, tuple) else given


def restored(kept: int | str | Sequence[str] | None) -> TypedValue | None:
    """A value from JSON."""
    if kept is None or isinstance(kept, str | int):
        return kept
    return tuple(kept)


def review_on(verdict: AnswerVerdict, given_on: date, months: int | None, today: date) -> date:
    """The last day an answer holds: what is in place is looked at again as often as the requirement says, the rest in a
    year from today."""
    if verdict in (AnswerVerdict.YES, AnswerVerdict.PARTLY):
        return months_later(given_on, months or REVIEW_MONTHS)
    return months_later(today, REVIEW_MONTHS)


def typed_code(typed: str) -> str:
    """A code as it was typed: spaces, dashes and case do not matter."""
    return "".join(char for char in typed.upper() if char in CODE_LETTERS)[:CODE_LENGTH]
