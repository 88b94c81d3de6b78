"""The self-assessment of crisis maturity: its questions, and what answers add up to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

from scanners.model import Text

TOP = 3
"""The best score of a question (ANSSI, tool 1.0.2)."""
REFERENCE = "anssi-crisis"
"""How objectives of exercises point to a question: `anssi-crisis:2.1`."""


class Group(StrEnum):
    """Whom a question is for: strategic, or operational cyber and IT."""

    STRATEGIC = "S"
    OPERATIONAL = "O"


GROUP_NAMES: Mapping[Group, Text] = {
    Group.STRATEGIC: Text("Stratégique", "Strategic"),
    Group.OPERATIONAL: Text("Opérationnel", "Operational"),
}


@dataclass(frozen=True, slots=True)
class MaturityQuestion:
    """One question; `levels` says what each score from 0 to TOP means. `optional`: it may not apply."""

    id: str
    group: Group
    ask: Text
    levels: tuple[Text, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class MaturityTheme:
    """Questions about one subject, answered on one page."""

    id: str
    title: Text
    questions: tuple[MaturityQuestion, ...]


@dataclass(frozen=True)
class Maturity:
    """The whole self-assessment, reworded from its source."""

    version: str
    title: Text
    source: Text
    url: str
    themes: tuple[MaturityTheme, ...]

    @cached_property
    def questions(self) -> Mapping[str, MaturityQuestion]:
        """Every question by its number, in order."""
        return {one.id: one for theme in self.themes for one in theme.questions}


def mean(scores: Iterable[int | None]) -> Fraction | None:
    """The mean of answers; what does not apply or has no answer is left out, never counted as zero."""
    known = [one for one in scores if one is not None]
    return Fraction(sum(known), len(known)) if known else None


def tenths(value: Fraction | None) -> float | None:
    """A mean as it is shown: one decimal, never rounded up."""
    return None if value is None else int(value * 10) / 10
