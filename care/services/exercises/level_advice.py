"""The self-assessment that recommends a level of exercise, in the reader's language, with the kits of that level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from care.domain.access import Scope
from care.services.exercises.kit_library import KitCard, list_kits
from care.services.platform import Platform
from exercises.kit import Level
from exercises.levels import GRID, Advice, GridQuestion, Said, advice


@dataclass(frozen=True, slots=True)
class GridLine:
    """A question with its answers (value, words); `chosen` is the value ticked, "" for none."""

    key: str
    words: str
    answers: tuple[tuple[str, str], ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not the next level: the answer that holds it back, and what would change it."""

    question: str
    answer: str
    advice: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The level to begin with, why, and what to play. `points` of habit out of `of`; `wants_habit`: more habit, rather
    than more means, leads to the next level. `unanswered` are the questions that counted as their lowest answer."""

    level: Level
    points: int
    of: int
    wants_habit: bool
    reasons: tuple[Reason, ...]
    unanswered: tuple[str, ...]
    kits: tuple[KitCard, ...]


@dataclass(frozen=True, slots=True)
class LevelGrid:
    """The questions and, once one has an answer, the recommendation."""

    lines: tuple[GridLine, ...]
    found: Recommendation | None


def advise_level(platform: Platform, scope: Scope, establishment_id: int, answers: Mapping[str, str]) -> LevelGrid:
    """The grid, and what these answers (by question) lead to. Nothing is recorded. NotFound, Forbidden."""
    library = list_kits(platform, scope, establishment_id)
    found = advice(answers)
    lines = tuple(_line(one, answers, scope.lang) for one in GRID)
    return LevelGrid(lines, _recommended(found, library.kits, scope.lang) if found else None)


def _line(question: GridQuestion, answers: Mapping[str, str], lang: str) -> GridLine:
    offered = tuple((one.key, _in(one.words, lang)) for one in question.answers)
    chosen = answers.get(question.key, "")
    known = chosen if chosen in dict(offered) else ""
    return GridLine(question.key, _in(question.words, lang), offered, known)


def _recommended(found: Advice, kits: tuple[KitCard, ...], lang: str) -> Recommendation:
    return Recommendation(
        level=found.level,
        points=found.points,
        of=found.of,
        wants_habit=found.wants_habit,
        reasons=tuple(
            Reason(_in(question.words, lang), _in(answer.words, lang), _in(question.advice, lang))
            for question, answer in found.holds
        ),
        unanswered=tuple(_in(question.words, lang) for question in found.unanswered),
        kits=tuple(one for one in kits if one.level is found.level),
    )


def _in(said: Said, lang: str) -> str:
    return said.fr if lang == "fr" else said.en
