"""The self-assessment of crisis maturity: answers, what they add up to, beside what exercises showed.

Answers are never changed: the last one of a question counts, those before tell how the establishment grew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.exercises import PLAYED
from care.domain.maturity import REFERENCE, TOP, Group, MaturityQuestion, MaturityTheme, mean, tenths
from care.services.exercises.rooms import enter, exercise_row, kit_of_row
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.exercises import Exercise, MaturityAnswer
from care.store.registry import Establishment
from exercises.scoring import by_objective, reactions_of
from scanners.model import Lang

MOST_EXERCISES = 20
"""Exercises whose results are shown beside the questions, the latest."""
MOST_TO_IMPROVE = 5


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer; `score` is None when the question does not apply. `exercise` names the one that showed it."""

    id: int
    score: int | None
    note: str
    exercise_id: int | None
    exercise: str
    answered_at: datetime
    answered_by: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What an exercise showed of a question: the objective that refers to it, and the share of it reached, in percent
    and rounded down; None when nobody observed it."""

    exercise_id: int
    title: str
    ended_at: datetime | None
    objective: str
    share: int | None


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question with its last answer, those before (latest first), and what exercises showed of it."""

    id: str
    group: Group
    ask: str
    levels: tuple[str, ...]
    optional: bool
    answer: AnswerView | None
    before: tuple[AnswerView, ...]
    shown: tuple[Shown, ...]

    @property
    def seen(self) -> int:
        """What a form carries back, to tell whether somebody answered in between."""
        return self.answer.id if self.answer else 0


@dataclass(frozen=True, slots=True)
class ThemeView:
    """A theme: its mean (0 to 3, one decimal rounded down; None without an answer) and its questions."""

    id: str
    title: str
    mean: float | None
    answered: int
    questions: tuple[QuestionView, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the mean stood at the end of a day on which somebody answered."""

    day: date
    mean: float | None
    answered: int


@dataclass(frozen=True, slots=True)
class MaturityView:
    """The whole self-assessment of an establishment. `improve` are the questions where one more level says most."""

    establishment_id: int
    title: str
    source: str
    url: str
    themes: tuple[ThemeView, ...]
    mean: float | None
    strategic: float | None
    operational: float | None
    answered: int
    asked: int
    improve: tuple[QuestionView, ...]
    evolution: tuple[Moment, ...]
    may_answer: bool
    may_export: bool


def read_maturity(platform: Platform, scope: Scope, establishment_id: int) -> MaturityView:
    """Every question, with answers and what exercises showed. NotFound, Forbidden."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_EXERCISES)
        return _view(platform, session, scope, place, _shown(platform, session, place.id))


def maturity_of_exercise(platform: Platform, scope: Scope, exercise_id: int) -> MaturityView:
    """The questions that the objectives of an exercise refer to, its own results beside each. NotFound, Forbidden."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.SEE_EXERCISES)
        place = visible_establishment(session, scope, row.establishment_id)
        return _view(platform, session, scope, place, _shown_by(platform, session, [row]), lit_only=True)


def _view(
    platform: Platform,
    session: Session,
    scope: Scope,
    place: Establishment,
    shown: Mapping[str, Sequence[Shown]],
    *,
    lit_only: bool = False,
) -> MaturityView:
    kit, lang = platform.kits.maturity, scope.lang
    answers = answers_of(session, place.id)
    by_question: dict[str, list[AnswerView]] = defaultdict(list)
    for question, answer in answers:
        by_question[question].append(answer)
    themes = tuple(_theme(theme, by_question, shown, lang) for theme in kit.themes)
    questions = [one for theme in themes for one in theme.questions]
    return MaturityView(
        establishment_id=place.id,
        title=kit.title.render(lang),
        source=kit.source.render(lang),
        url=kit.url,
        themes=_lit(themes) if lit_only else themes,
        mean=tenths(mean(_scores(questions))),
        strategic=tenths(mean(_scores(one for one in questions if one.group is Group.STRATEGIC))),
        operational=tenths(mean(_scores(one for one in questions if one.group is Group.OPERATIONAL))),
        answered=sum(one.answer is not None for one in questions),
        asked=len(questions),
        improve=_improve(themes),
        evolution=_evolution(answers, ZoneInfo(platform.settings.timezone)),
        may_answer=scope.allows(Right.RUN_EXERCISE, place.lineage),
        may_export=scope.allows(Right.EXPORT, place.lineage),
    )


def _lit(themes: Iterable[ThemeView]) -> tuple[ThemeView, ...]:
    """The questions on which an exercise throws light, theme by theme."""
    kept = (
        ThemeView(one.id, one.title, one.mean, one.answered, tuple(q for q in one.questions if q.shown))
        for one in themes
    )
    return tuple(one for one in kept if one.questions)


def _theme(
    theme: MaturityTheme,
    answers: Mapping[str, Sequence[AnswerView]],
    shown: Mapping[str, Sequence[Shown]],
    lang: Lang,
) -> ThemeView:
    questions = tuple(_question(one, answers.get(one.id, ()), shown.get(one.id, ()), lang) for one in theme.questions)
    return ThemeView(
        id=theme.id,
        title=theme.title.render(lang),
        mean=tenths(mean(_scores(questions))),
        answered=sum(one.answer is not None for one in questions),
        questions=questions,
    )


def _question(one: MaturityQuestion, answers: Sequence[AnswerView], shown: Sequence[Shown], lang: Lang) -> QuestionView:
    return QuestionView(
        id=one.id,
        group=one.group,
        ask=one.ask.render(lang),
        levels=tuple(level.render(lang) for level in one.levels),
        optional=one.optional,
        answer=answers[-1] if answers else None,
        before=tuple(reversed(answers[:-1])),
        shown=tuple(shown),
    )


def _scores(questions: Iterable[QuestionView]) -> list[int | None]:
    return [one.answer.score for one in questions if one.answer is not None]


def _improve(themes: Sequence[ThemeView]) -> tuple[QuestionView, ...]:
    """The lowest answers, first in the weakest themes, and before others those that an exercise already put to the
    test: there one knows what to do."""
    found = [
        (one.answer.score, theme.mean, not one.shown, rank, one)
        for rank, (theme, one) in enumerate((theme, one) for theme in themes for one in theme.questions)
        if one.answer is not None and one.answer.score is not None and one.answer.score < TOP
    ]
    found.sort(key=lambda line: line[:4])
    return tuple(line[4] for line in found[:MOST_TO_IMPROVE])


def answers_of(session: Session, establishment_id: int) -> list[tuple[str, AnswerView]]:
    """Every answer with its question, in the order in which they were given."""
    rows = session.execute(
        select(MaturityAnswer, Exercise.title)
        .outerjoin(Exercise, Exercise.id == MaturityAnswer.exercise_id)
        .where(MaturityAnswer.establishment_id == establishment_id)
        .order_by(MaturityAnswer.id)
    )
    return [
        (
            row.question,
            AnswerView(row.id, row.score, row.note, row.exercise_id, title or "", row.answered_at, row.answered_by),
        )
        for row, title in rows
    ]


def _evolution(answers: Sequence[tuple[str, AnswerView]], zone: ZoneInfo) -> tuple[Moment, ...]:
    """The mean at the end of each day on which somebody answered."""
    known: dict[str, int | None] = {}
    days: dict[date, Moment] = {}
    for question, answer in answers:
        known[question] = answer.score
        day = answer.answered_at.astimezone(zone).date()
        days[day] = Moment(day, tenths(mean(known.values())), len(known))
    return tuple(days.values())


def _shown(platform: Platform, session: Session, establishment_id: int) -> dict[str, list[Shown]]:
    rows = session.scalars(
        select(Exercise)
        .where(Exercise.establishment_id == establishment_id, Exercise.stage.in_(PLAYED))
        .order_by(Exercise.ended_at.desc(), Exercise.id.desc())
        .limit(MOST_EXERCISES)
    )
    return _shown_by(platform, session, rows)


def _shown_by(platform: Platform, session: Session, rows: Iterable[Exercise]) -> dict[str, list[Shown]]:
    """What exercises showed, by question. An exercise whose kit refers to none costs nothing."""
    found: dict[str, list[Shown]] = defaultdict(list)
    for row in rows:
        referring = [(one, _referred(one.references)) for one in kit_of_row(row).objectives]
        if not any(questions for _objective, questions in referring):
            continue
        scores = by_objective(reactions_of(enter(session, platform.rooms, row).state)) if row.started_at else {}
        for objective, questions in referring:
            share = _percent(scores[objective.id].share) if objective.id in scores else None
            for question in questions:
                found[question].append(Shown(row.id, row.title, row.ended_at, objective.text, share))
    return found


def _referred(references: Iterable[str]) -> list[str]:
    pairs = (one.split(":", 1) for one in references)
    return [item for framework, item in pairs if framework == REFERENCE]


def _percent(share: Fraction | None) -> int | None:
    return None if share is None else int(share * 100)
