"""Preparing an exercise: from a kit to something of the establishment's own; changed, copied or cancelled until DEBEX.

The continuity test that an exercise counts as is planned, changed and cancelled with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import TestKind, TestState
from care.domain.exercises import ExerciseStage
from care.services.continuity_tests import SAY_WHY, TestDraft, call_off, rewrite_plan, write_plan
from care.services.errors import Invalid
from care.services.exercises.kit_shelf import KitFiles, playable_files, shipped_files
from care.services.exercises.rooms import exercise_row
from care.services.exercises.seats import new_code
from care.services.exercises.versions import changeable, thing_of, touch
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import record
from care.services.typed_texts import MAX_LINE, length_faults, line_of
from care.store.continuity import ContinuityTest, ContinuityTestNode
from care.store.exercises import Exercise
from exercises.kit import Format, Kit
from scanners.model import Scalar, Text


@dataclass(frozen=True, slots=True)
class ExercisePlan:
    """When, where and of what an exercise is. `plan_series` and `node_ids` are what it puts to the test."""

    title: str
    planned_at: datetime
    place: str = ""
    director: str = ""
    plan_series: int | None = None
    node_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ExerciseDraft:
    """An exercise to prepare. `kit` is a kit shipped (its id) or brought in (`id.number`); `words` replace its
    variables."""

    kit: str
    title: str
    planned_at: datetime
    place: str = ""
    director: str = ""
    plan_series: int | None = None
    node_ids: tuple[int, ...] = ()
    words: dict[str, str] = field(default_factory=dict)

    @property
    def plan(self) -> ExercisePlan:
        """The same, without its kit."""
        return ExercisePlan(**{one.name: getattr(self, one.name) for one in fields(ExercisePlan)})


def create_exercise(platform: Platform, scope: Scope, establishment_id: int, draft: ExerciseDraft) -> int:
    """Prepare an exercise from a kit and return its number; the continuity test it will count as is planned with it."""
    now = platform.clock.now()
    shipped = shipped_files(platform, draft.kit)
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.RUN_EXERCISE)
        files = shipped or playable_files(session, place.id, draft.kit)
        plan = _checked(platform, draft.plan, None)
        row = _row(files, checked_words(files.kit, draft.words))
        _settle(platform, session, place.id, row, plan, scope.actor)
        detail: dict[str, Scalar] = {"title": row.title, "kit": row.kit, "version": row.version}
        record(session, scope, "exercise.prepared", thing_of(row), now, detail)
        return row.id


def copy_exercise(platform: Platform, scope: Scope, exercise_id: int, plan: ExercisePlan) -> int:
    """Prepare the same exercise, as it was changed here, for another day; the number of the new one.

    Nothing that happened comes along: neither events, seats, participants nor answers.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        model = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        checked = _checked(platform, plan, None)
        row = Exercise(
            kit=model.kit,
            kit_version=model.kit_version,
            content=model.content,
            booklets=dict(model.booklets),
            documents=list(model.documents),
            words=dict(model.words),
        )
        _settle(platform, session, model.establishment_id, row, checked, scope.actor)
        detail: dict[str, Scalar] = {"title": row.title, "copy_of": model.id, "version": row.version}
        record(session, scope, "exercise.copied", thing_of(row), now, detail)
        return row.id


def change_exercise(platform: Platform, scope: Scope, exercise_id: int, plan: ExercisePlan, version: int) -> None:
    """Change when, where and of what an exercise is, seen at `version`; its continuity test follows.

    Invalid names each faulty field; Refused once it began, or when somebody changed it since.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row = changeable(platform, session, scope, exercise_id, version)
        checked = _checked(platform, plan, row)
        changed = [name for name in _OWN if getattr(row, name) != getattr(checked, name)]
        for name in changed:
            setattr(row, name, getattr(checked, name))
        changed += _follow(platform, session, row, checked, scope.actor)
        if changed:
            detail = touch(row, dict.fromkeys(changed), scope.actor, now)
            record(session, scope, "exercise.changed", thing_of(row), now, detail)


def choose_words(platform: Platform, scope: Scope, exercise_id: int, words: Mapping[str, str], version: int) -> None:
    """Write the establishment's own words of an exercise, seen at `version`; an empty one is the kit's own.

    Invalid names each variable whose word is too long; Refused as `change_exercise`.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row = changeable(platform, session, scope, exercise_id, version)
        chosen = checked_words(Kit.model_validate(row.content), words)
        if chosen != row.words:
            row.words = chosen
            record(session, scope, "exercise.changed", thing_of(row), now, touch(row, ["words"], scope.actor, now))


def cancel_exercise(platform: Platform, scope: Scope, exercise_id: int, reason: str, version: int) -> None:
    """Say that an exercise will not take place, and why; the continuity test it would have counted as neither.

    Invalid (`reason`) when nothing is said; Refused once it began, or when somebody changed it since.
    """
    now, said = platform.clock.now(), line_of(reason)
    with platform.database.write() as session:
        row = changeable(platform, session, scope, exercise_id, version)
        if not said:
            raise Invalid({"reason": SAY_WHY})
        test = _test(session, row)
        if test.state is TestState.PLANNED:
            call_off(test, said, scope.actor, now)
        row.stage = ExerciseStage.CANCELLED
        detail = touch(row, ["stage"], scope.actor, now) | {"reason": said}
        record(session, scope, "exercise.cancelled", thing_of(row), now, detail)


def checked_words(kit: Kit, words: Mapping[str, str]) -> dict[str, str]:
    """The words chosen for the variables of a kit, tidied; those of no variable are left aside. Invalid, by variable,
    when one is too long."""
    chosen = {one.key: line_of(words.get(one.key, "")) for one in kit.variables}
    if faults := length_faults({key: (word, MAX_LINE) for key, word in chosen.items()}):
        raise Invalid(faults)
    return {key: word for key, word in chosen.items() if word}


_OWN = ("title", "planned_at", "place", "director")
_TEST_FIELDS = {"title": "title", "planned_on": "planned_at", "leader": "director", "plan_series": "plan"}
"""What a field of the continuity test is called here."""


def _row(files: KitFiles, words: dict[str, str]) -> Exercise:
    return Exercise(
        kit=files.kit.id,
        kit_version=files.kit.version,
        content=files.kit.model_dump(mode="json", by_alias=True),
        booklets=dict(files.booklets),
        documents=list(files.documents),
        words=words,
    )


def _settle(
    platform: Platform, session: Session, establishment_id: int, row: Exercise, plan: ExercisePlan, actor: str
) -> None:
    """Write a new exercise and the continuity test it will count as."""
    now = platform.clock.now()
    try:
        test = write_plan(session, establishment_id, _as_test(platform, row, plan), actor, now)
    except Invalid as refusal:
        raise _in_our_words(refusal) from refusal
    for name in _OWN:
        setattr(row, name, getattr(plan, name))
    row.establishment_id, row.test_id, row.code = establishment_id, test.id, new_code()
    row.stage, row.version = ExerciseStage.PREPARED, 1
    row.created_at, row.created_by = now, actor
    row.changed_at, row.changed_by = now, actor
    session.add(row)
    session.flush()


def _follow(platform: Platform, session: Session, row: Exercise, plan: ExercisePlan, actor: str) -> list[str]:
    """Change the continuity test with its exercise; the fields of the exercise that this touches."""
    test = _test(session, row)
    if test.state is not TestState.PLANNED:
        return []
    draft = _as_test(platform, row, plan, test)
    try:
        changed = rewrite_plan(session, test, draft, actor, platform.clock.now())
    except Invalid as refusal:
        raise _in_our_words(refusal) from refusal
    return [_TEST_FIELDS.get(name, name) for name in changed if name in {"plan_series", "nodes"}]


def _test(session: Session, row: Exercise) -> ContinuityTest:
    return session.get_one(ContinuityTest, row.test_id, with_for_update=True)


def _as_test(platform: Platform, row: Exercise, plan: ExercisePlan, test: ContinuityTest | None = None) -> TestDraft:
    on = plan.planned_at.astimezone(ZoneInfo(platform.settings.timezone)).date()
    played_on_site = row.content["format"] == Format.FIELD
    return TestDraft(
        kind=TestKind.FIELD if played_on_site else TestKind.TABLE_TOP,
        title=plan.title,
        planned_on=on,
        scope=test.scope if test else "",
        leader=plan.director,
        plan_series=plan.plan_series,
        node_ids=plan.node_ids,
    )


def _in_our_words(refusal: Invalid) -> Invalid:
    return Invalid({_TEST_FIELDS.get(name, name): text for name, text in refusal.fields.items()})


def _checked(platform: Platform, plan: ExercisePlan, row: Exercise | None) -> ExercisePlan:
    """The plan, tidied. Invalid names each faulty field; a day already recorded may be over."""
    title, place, director = line_of(plan.title), line_of(plan.place), line_of(plan.director)
    faults = length_faults({"place": (place, MAX_LINE), "director": (director, MAX_LINE)})
    if not 0 < len(title) <= MAX_LINE:
        faults["title"] = Text(f"Un titre de 1 à {MAX_LINE} signes.", f"A title of 1 to {MAX_LINE} characters.")
    if (row is None or plan.planned_at != row.planned_at) and _is_over(platform, plan.planned_at):
        faults["planned_at"] = Text(
            "Ce jour est passé : choisissez la date à laquelle l’exercice sera joué.",
            "This day is over: choose the date on which the exercise will be played.",
        )
    if faults:
        raise Invalid(faults)
    return ExercisePlan(title, plan.planned_at, place, director, plan.plan_series, plan.node_ids)


def _is_over(platform: Platform, at: datetime) -> bool:
    """Whether an instant falls on a day that is over, where the installation is."""
    zone = ZoneInfo(platform.settings.timezone)
    return at.astimezone(zone).date() < platform.clock.now().astimezone(zone).date()


def tested_nodes(session: Session, row: Exercise) -> tuple[int, ...]:
    """The activities and resources that an exercise puts to the test."""
    query = select(ContinuityTestNode.node_id).where(ContinuityTestNode.test_id == row.test_id)
    return tuple(session.scalars(query.order_by(ContinuityTestNode.node_id)))
