"""The lessons of the debrief: what went well, what is missing; each gap may become an action, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.actions import ActionSource, ActionState
from care.domain.exercises import PLAYED, LessonKind
from care.services.action_writing import ActionDraft, Person, add_action, possible_owners, short_title
from care.services.continuity_test_gaps import EXERCISE_PREFIX, actions_of_test, gap_key
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.exercises.editing import mark_of
from care.services.exercises.rooms import exercise_row, kit_of_row
from care.services.exercises.versions import thing_of
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import record
from care.services.typed_texts import length_faults, line_of
from care.store.actions import Action, ActionSite
from care.store.continuity import ContinuityTest
from care.store.exercises import Exercise, ExerciseLesson
from exercises.kit import Kit
from scanners.model import Severity, Text

MAX_LESSON = 500
"""A lesson is one sentence: it becomes a line of a report, and the title of an action."""
MOST_LESSONS = 200


@dataclass(frozen=True, slots=True)
class LessonDraft:
    """A lesson as typed in; `objective` and `cell` are ids of the kit, empty when it is about the whole."""

    kind: LessonKind
    text: str
    objective: str = ""
    cell: str = ""


@dataclass(frozen=True, slots=True)
class LessonAction:
    """The action born of a gap."""

    id: int
    title: str
    state: ActionState
    due_on: date
    owner: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson. `about` names its objective and its cell in words. `action` is None too for who sees no actions, then
    `acted` still says that there is one. `mark` tells one state of it from another."""

    id: int
    kind: LessonKind
    text: str
    objective: str
    cell: str
    about: tuple[str, ...]
    acted: bool
    action: LessonAction | None
    created_at: datetime
    created_by: str
    mark: str


@dataclass(frozen=True, slots=True)
class Lessons:
    """The lessons of an exercise in the order in which they were said, and what a form may choose among."""

    establishment_id: int
    strengths: tuple[Lesson, ...]
    gaps: tuple[Lesson, ...]
    objectives: Mapping[str, str]
    cells: Mapping[str, str]
    may_write: bool
    may_act: bool


@dataclass(frozen=True, slots=True)
class ExerciseRef:
    """The exercise that an action comes from, or that a continuity test is."""

    id: int
    establishment_id: int
    title: str


def lessons_of(platform: Platform, scope: Scope, exercise_id: int) -> Lessons:
    """The lessons of an exercise. NotFound, Forbidden."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.SEE_EXERCISES)
        place = visible_establishment(session, scope, row.establishment_id)
        kit = kit_of_row(row)
        lessons = read_lessons(session, scope, row)
        over = row.stage in PLAYED
        return Lessons(
            establishment_id=row.establishment_id,
            strengths=tuple(one for one in lessons if one.kind is LessonKind.STRENGTH),
            gaps=tuple(one for one in lessons if one.kind is LessonKind.GAP),
            objectives=kit.objective_texts,
            cells=kit.cell_names,
            may_write=over and scope.allows(Right.RUN_EXERCISE, place.lineage),
            may_act=over and scope.allows(Right.MANAGE_ACTIONS, place.lineage),
        )


def read_lessons(session: Session, scope: Scope, row: Exercise) -> tuple[Lesson, ...]:
    """The lessons of an exercise already found, for who sees it."""
    kit = kit_of_row(row)
    objectives, cells = kit.objective_texts, kit.cell_names
    actions = _actions(session, scope, row)
    query = select(ExerciseLesson).where(ExerciseLesson.exercise_id == row.id).order_by(ExerciseLesson.id)
    return tuple(
        Lesson(
            id=one.id,
            kind=one.kind,
            text=one.text,
            objective=one.objective,
            cell=one.cell,
            about=tuple(filter(None, (objectives.get(one.objective, ""), cells.get(one.cell, "")))),
            acted=one.action_id is not None,
            action=actions.get(one.action_id or 0),
            created_at=one.created_at,
            created_by=one.created_by,
            mark=_mark(one),
        )
        for one in session.scalars(query)
    )


def _actions(session: Session, scope: Scope, row: Exercise) -> Mapping[int, LessonAction]:
    place = visible_establishment(session, scope, row.establishment_id)
    if not scope.allows(Right.SEE_ACTIONS, place.lineage):
        return {}
    rows = session.execute(
        select(Action, ActionSite.state)
        .join(ActionSite, ActionSite.action_id == Action.id)
        .join(ExerciseLesson, ExerciseLesson.action_id == Action.id)
        .where(ExerciseLesson.exercise_id == row.id, ActionSite.establishment_id == row.establishment_id)
    )
    return {one.id: LessonAction(one.id, one.title, state, one.due_on, one.owner) for one, state in rows}


def add_lesson(platform: Platform, scope: Scope, exercise_id: int, draft: LessonDraft) -> int:
    """Note a lesson; the same words of the same kind are noted once. Invalid, Refused before FINEX."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _row(session, scope, exercise_id)
        text = _checked(row, draft)
        same = select(ExerciseLesson.id).where(
            ExerciseLesson.exercise_id == row.id, ExerciseLesson.kind == draft.kind, ExerciseLesson.text == text
        )
        known = session.scalars(same).first()
        if known is not None:
            return known
        if len(session.scalars(select(ExerciseLesson.id).where(ExerciseLesson.exercise_id == row.id)).all()) >= (
            MOST_LESSONS
        ):
            raise Refused(
                Text(f"{MOST_LESSONS} enseignements au plus : regroupez-les.", f"At most {MOST_LESSONS} lessons.")
            )
        lesson = ExerciseLesson(
            exercise_id=row.id, kind=draft.kind, text=text, objective=draft.objective, cell=draft.cell,
            created_at=now, created_by=scope.actor,
        )  # fmt: skip
        session.add(lesson)
        session.flush()
        record(session, scope, "exercise.lesson_noted", thing_of(row), now, {"lesson": text, "kind": draft.kind})
        return lesson.id


def change_lesson(
    platform: Platform, scope: Scope, exercise_id: int, lesson_id: int, draft: LessonDraft, seen: str
) -> None:
    """Put a lesson in other words; `seen` is the mark of what was shown. Refused when somebody was quicker."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _row(session, scope, exercise_id)
        lesson = _lesson(session, row, lesson_id)
        text = _checked(row, draft)
        if _mark(lesson) != seen:
            raise Refused(
                Text(
                    f"Cet enseignement vient d’être changé : « {lesson.text} ». Relisez-le, puis enregistrez.",
                    f"This lesson has just been changed: “{lesson.text}”. Read it, then save again.",
                )
            )
        before = lesson.text
        lesson.kind, lesson.text, lesson.objective, lesson.cell = draft.kind, text, draft.objective, draft.cell
        record(session, scope, "exercise.lesson_changed", thing_of(row), now, {"lesson": text, "before": before})


def _mark(one: ExerciseLesson) -> str:
    return mark_of([one.kind, one.text, one.objective, one.cell])


def drop_lesson(platform: Platform, scope: Scope, exercise_id: int, lesson_id: int) -> None:
    """Take a lesson back. Refused once an action came of it."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _row(session, scope, exercise_id)
        lesson = _lesson(session, row, lesson_id)
        if lesson.action_id is not None:
            raise Refused(
                Text(
                    "Une action est née de cet enseignement : abandonnez d’abord l’action, ou changez ses mots.",
                    "An action came of this lesson: abandon the action first, or change the words of the lesson.",
                )
            )
        session.delete(lesson)
        record(session, scope, "exercise.lesson_dropped", thing_of(row), now, {"lesson": lesson.text})


@dataclass(frozen=True, slots=True)
class Duty:
    """Who mends a gap, and until when: an account, or a name typed in; no date follows the policy."""

    owner_account_id: int | None = None
    owner: str = ""
    due_on: date | None = None


def act_on_lesson(platform: Platform, scope: Scope, exercise_id: int, lesson_id: int, duty: Duty) -> int:
    """The action that mends a gap, created unless there is one already (here or from the continuity test); its number.

    Forbidden for who does not manage actions there; Invalid for an owner or a date that cannot be.
    """
    with platform.database.write() as session:
        row = exercise_row(session, scope, exercise_id, Right.SEE_EXERCISES, lock=True)
        place = visible_establishment(session, scope, row.establishment_id, Right.MANAGE_ACTIONS)
        lesson = _lesson(session, row, lesson_id)
        if lesson.kind is not LessonKind.GAP:
            raise Refused(Text("Un point fort n’appelle pas d’action.", "A strength calls for no action."))
        if lesson.action_id is None:
            test = session.get_one(ContinuityTest, row.test_id)
            known = {one.gap: one.id for one in actions_of_test(session, scope, test, place.lineage)}
            lesson.action_id = known.get(gap_key(lesson.text))
        if lesson.action_id is None:
            lesson.action_id = add_action(platform, session, scope, [row.establishment_id], _draft(row, lesson, duty))
        return lesson.action_id


def _draft(row: Exercise, lesson: ExerciseLesson, duty: Duty) -> ActionDraft:
    title = short_title(lesson.text)
    return ActionDraft(
        title=title,
        description=lesson.text if title != lesson.text else "",
        source=ActionSource.EXERCISE,
        source_ref=f"{EXERCISE_PREFIX}:{row.id}:{gap_key(lesson.text)}",
        severity=Severity.MEDIUM,
        due_on=duty.due_on,
        owner=duty.owner,
        owner_account_id=duty.owner_account_id,
    )


def owners_for(platform: Platform, scope: Scope, establishment_id: int) -> tuple[Person, ...]:
    """The accounts that may be given an action there. Forbidden for who manages none."""
    return possible_owners(platform, scope, [establishment_id])


def origin_exercise(platform: Platform, scope: Scope, source: ActionSource, source_ref: str) -> ExerciseRef | None:
    """The exercise that an action comes from; None when it comes from something else, or is not the reader's to see."""
    parts = source_ref.split(":")
    if (
        source is not ActionSource.EXERCISE
        or len(parts) != 3
        or parts[0] != EXERCISE_PREFIX
        or not parts[1].isdecimal()
    ):
        return None
    with platform.database.read() as session:
        return _seen(session, scope, session.get(Exercise, int(parts[1])))


def exercise_of_test(platform: Platform, scope: Scope, test_id: int) -> ExerciseRef | None:
    """The exercise that a continuity test is; None when it is none, or not the reader's to see."""
    with platform.database.read() as session:
        return _seen(session, scope, session.scalars(select(Exercise).where(Exercise.test_id == test_id)).one_or_none())


def _seen(session: Session, scope: Scope, row: Exercise | None) -> ExerciseRef | None:
    if row is None:
        return None
    try:
        visible_establishment(session, scope, row.establishment_id, Right.SEE_EXERCISES)
    except (NotFound, Forbidden):
        return None
    return ExerciseRef(row.id, row.establishment_id, row.title)


def _row(session: Session, scope: Scope, exercise_id: int) -> Exercise:
    row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE, lock=True)
    if row.stage not in PLAYED:
        raise Refused(
            Text(
                "Les enseignements se notent une fois l’exercice fini.",
                "Lessons are recorded once the exercise is over.",
            )
        )
    return row


def _lesson(session: Session, row: Exercise, lesson_id: int) -> ExerciseLesson:
    found = session.get(ExerciseLesson, lesson_id, with_for_update=True)
    if found is None or found.exercise_id != row.id:
        raise NotFound(Text("Cet enseignement n’existe plus.", "This lesson is no longer there."))
    return found


def _checked(row: Exercise, draft: LessonDraft) -> str:
    """The words of a lesson, on one line. Invalid names each faulty field."""
    kit, text = Kit.model_validate(row.content), line_of(draft.text)
    faults = length_faults({"text": (text, MAX_LESSON)})
    if not text:
        faults["text"] = Text("Dites-la en une phrase.", "Say it in one sentence.")
    if draft.objective and draft.objective not in {one.id for one in kit.objectives}:
        faults["objective"] = Text("Cet objectif n’existe pas.", "There is no such objective.")
    if draft.cell and draft.cell not in {one.id for one in kit.cells}:
        faults["cell"] = Text("Cette cellule n’existe pas.", "There is no such cell.")
    if faults:
        raise Invalid(faults)
    return text
