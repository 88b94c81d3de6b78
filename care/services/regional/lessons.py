"""What a region learned from a campaign: themes and counts, never a name nor a sentence of an establishment.

A figure that rests on fewer than five establishments is not told, and none before the campaign is over: from one day to
the next, the difference would be what the last one to play said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.exercises import LessonKind
from care.domain.maturity import REFERENCE
from care.domain.regional import FEWEST, CampaignKind, told
from care.services.platform import Platform
from care.services.regional.campaigns import campaign_row
from care.store.exercises import Exercise, ExerciseLesson
from care.store.regional import RegionalCampaign

OTHER = ""
"""The theme of a lesson that no question of the crisis-maturity self-assessment covers."""


@dataclass(frozen=True, slots=True)
class ThemeLessons:
    """How many establishments found a strength, and a gap, in one theme; None: too few to be told. `title` is empty for
    what falls under no theme."""

    title: str
    strengths: int | None
    gaps: int | None


@dataclass(frozen=True, slots=True)
class RegionalLessons:
    """What a campaign taught. `establishments` brought lessons; None, and no theme, when they are too few, or while the
    campaign is not over."""

    title: str
    over: bool
    establishments: int | None
    themes: tuple[ThemeLessons, ...]
    fewest: int = FEWEST


def read_lessons(platform: Platform, scope: Scope, campaign_id: int) -> RegionalLessons:
    """The lessons of a campaign, consolidated. NotFound."""
    with platform.database.read() as session:
        row = campaign_row(session, scope, campaign_id, kind=CampaignKind.EXERCISE)
        title, over = row.title, row.closes_at < platform.clock.now()
        lessons = _lessons(session, row) if over else []
    whole = told(len({place for place, _kind, _questions in lessons}))
    if whole is None:
        return RegionalLessons(title, over, None, ())
    names = {one.id: one.title.render(scope.lang) for one in platform.kits.maturity.themes}
    found = _by_theme(lessons, names)
    themes = (
        ThemeLessons(
            names.get(theme, ""),
            told(len(found[theme, LessonKind.STRENGTH])),
            told(len(found[theme, LessonKind.GAP])),
        )
        for theme in (*names, OTHER)
    )
    return RegionalLessons(
        title, over, whole, tuple(one for one in themes if (one.strengths, one.gaps) != (None, None))
    )


_Lesson = tuple[int, LessonKind, tuple[str, ...]]


def _lessons(session: Session, row: RegionalCampaign) -> list[_Lesson]:
    """Establishment, kind and questions of each lesson; its words are not read.

    Those of an establishment excused since stay: excusing one after the other would tell what each of them said.
    """
    mine = (Exercise.campaign_id == row.id,)
    lessons = session.execute(
        select(ExerciseLesson.exercise_id, Exercise.establishment_id, ExerciseLesson.kind, ExerciseLesson.objective)
        .join(Exercise, Exercise.id == ExerciseLesson.exercise_id)
        .where(*mine)
    ).all()
    with_lessons = select(ExerciseLesson.exercise_id)
    objectives = session.execute(
        select(Exercise.id, Exercise.content["objectives"]).where(*mine, Exercise.id.in_(with_lessons))
    )
    questions = {(exercise, one["id"]): tuple(_questions(one)) for exercise, found in objectives for one in found or ()}
    return [(place, kind, questions.get((exercise, key), ())) for exercise, place, kind, key in lessons]


def _questions(objective: Mapping[str, Any]) -> Iterable[str]:
    pairs = (str(one).partition(":") for one in objective.get("references", ()))
    return (item for framework, _, item in pairs if framework == REFERENCE)


def _by_theme(lessons: Iterable[_Lesson], names: Mapping[str, str]) -> dict[tuple[str, LessonKind], set[int]]:
    found: dict[tuple[str, LessonKind], set[int]] = defaultdict(set)
    for place, kind, questions in lessons:
        themes = {one.split(".")[0] for one in questions} & set(names) or {OTHER}
        for theme in themes:
            found[theme, kind].add(place)
    return found
