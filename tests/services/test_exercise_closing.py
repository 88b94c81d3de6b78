"""Closing an exercise: the result of its test, what it counts for, the report sealed; corrected with trace."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from care.domain.access import Level, Role, Scope
from care.domain.continuity import TestKind, TestResult, TestState
from care.domain.deadlines import DeadlineKind
from care.domain.eligibility import Duty
from care.domain.evidence import ThingKind, ThingRef
from care.domain.exercises import ExerciseStage, LessonKind
from care.services.continuity_test_gaps import act_on_gap, gap_key
from care.services.continuity_test_reading import open_test
from care.services.continuity_tests import TestDraft, change_test
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.errors import Forbidden, NotFound, Refused
from care.services.exercises.closing import close_exercise, propose_closing
from care.services.exercises.debriefing import open_debriefing
from care.services.exercises.lessons import (
    Duty as Charge,
)
from care.services.exercises.lessons import (
    LessonDraft,
    act_on_lesson,
    add_lesson,
    change_lesson,
    drop_lesson,
    lessons_of,
    origin_exercise,
)
from care.services.exercises.outcome import Closing
from care.services.exercises.reading import open_exercise
from care.services.exercises.retex import attestation_pdf, report_pdf
from care.services.library import evidence_of
from care.services.platform import Platform
from care.store.actions import Action
from care.store.evidence import Evidence
from care.store.exercises import Exercise
from care.store.trail import TrailEvent
from tests.support.continuity import plant_activity, plant_plan
from tests.support.exercises import BUNDLE, prepared, with_one_kit
from tests.support.people import Hospitals, person
from tests.support.played import plant_played

pytestmark = pytest.mark.both_databases


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


@pytest.fixture
def exercise(stage: Platform, hospitals: Hospitals, machine: Scope) -> int:
    return plant_played(stage, machine, hospitals.valley, BUNDLE.kit.id)


@pytest.fixture
def facilitator(hospitals: Hospitals) -> Scope:
    return person(Role.FACILITATOR, Level.ESTABLISHMENT, hospitals.valley)


def test_the_closing_is_proposed_from_the_kit_and_from_who_came(
    stage: Platform, facilitator: Scope, exercise: int
) -> None:
    found = propose_closing(stage, facilitator, exercise).outcome
    assert (found.cyber_triggered, found.degraded_played, found.management_present) == (True, True, True)
    assert found.directorates == "Directrice des soins"
    assert (found.participants, found.result) == (4, TestResult.PASSED)


def close(platform: Platform, scope: Scope, exercise: int, closing: Closing) -> None:
    close_exercise(platform, scope, exercise, closing.outcome, closing.version)


def test_closing_records_the_test_and_files_the_report(
    stage: Platform, facilitator: Scope, exercise: int, hospitals: Hospitals
) -> None:
    close(stage, facilitator, exercise, propose_closing(stage, facilitator, exercise))
    line = open_exercise(stage, facilitator, exercise)
    assert line.stage is ExerciseStage.CLOSED
    test = open_test(stage, facilitator, line.test_id)
    assert (test.line.state, test.participants, test.management_present) == (TestState.DONE, 4, True)
    assert [one.words for one in test.gaps] == [
        "L’annuaire papier de nuit date de 2023", "Personne ne sait où est le kit papier",
    ]  # fmt: skip
    assert {one.duty: one.counts for one in test.line.answers}[Duty.YEARLY]
    for ref in (ThingRef(ThingKind.EXERCISE, str(exercise)), ThingRef(ThingKind.TEST, str(line.test_id))):
        [proof] = evidence_of(stage, facilitator, hospitals.valley, ref)
        assert proof.title == "Retour d’expérience : Nuit blanche"
    assert evidence_of(stage, facilitator, hospitals.valley, ThingRef(ThingKind.REQUIREMENT, Duty.D2_O1_D)) == ()
    with stage.database.read() as session:
        row = session.get_one(Exercise, exercise)
        kept = session.scalars(select(Evidence)).one()
        assert row.result is not None
        assert (row.result["report"], row.result["counts_for"]) == (kept.sha256, ["yearly"])
        assert row.result["score"] == pytest.approx(5 / 6)
    assert report_pdf(stage, facilitator, exercise).content == stage.evidence.path(str(kept.sha256)).read_bytes()


def test_a_closing_is_corrected_with_trace(stage: Platform, facilitator: Scope, exercise: int) -> None:
    first = propose_closing(stage, facilitator, exercise)
    close(stage, facilitator, exercise, first)
    again = propose_closing(stage, facilitator, exercise)
    assert again.closed_at is not None
    close(stage, facilitator, exercise, replace(again, outcome=replace(again.outcome, management_present=False)))
    with pytest.raises(Refused):
        close(stage, facilitator, exercise, first)
    with stage.database.read() as session:
        row = session.get_one(Exercise, exercise)
        assert row.result is not None
        assert row.result["counts_for"] == []
        assert row.closed_at == again.closed_at
        pieces = session.scalars(select(Evidence).order_by(Evidence.id)).all()
        assert [(one.current, one.replaces_id) for one in pieces] == [(False, None), (True, pieces[0].id)]
        told = session.scalars(select(TrailEvent.action).order_by(TrailEvent.number)).all()
        corrected = session.scalars(select(TrailEvent).where(TrailEvent.action == "continuity_test.corrected")).one()
    assert "exercise.corrected" in told
    assert corrected.detail["before_management_present"] == "True"


def test_what_comes_after_the_closing_is_told(stage: Platform, facilitator: Scope, exercise: int) -> None:
    close(stage, facilitator, exercise, propose_closing(stage, facilitator, exercise))
    assert not open_debriefing(stage, facilitator, exercise).outdated
    add_lesson(stage, facilitator, exercise, LessonDraft(LessonKind.GAP, "Le standard n’a pas été prévenu"))
    assert open_debriefing(stage, facilitator, exercise).outdated
    close(stage, facilitator, exercise, propose_closing(stage, facilitator, exercise))
    assert not open_debriefing(stage, facilitator, exercise).outdated


def test_a_field_exercise_of_a_plan_proves_an_objective(
    stage: Platform, machine: Scope, facilitator: Scope, exercise: int, hospitals: Hospitals
) -> None:
    ward = plant_activity(stage, hospitals.valley, "Urgences", 240)
    plan = plant_plan(stage, hospitals.valley, "PCRA des urgences", (ward,))
    test_id = open_exercise(stage, machine, exercise).test_id
    day = stage.clock.now().date()
    change_test(stage, machine, test_id, TestDraft(TestKind.FIELD, "Nuit", day, "", "", plan, (ward,)), 1)
    close(stage, facilitator, exercise, propose_closing(stage, facilitator, exercise))
    objective = ThingRef(ThingKind.REQUIREMENT, "care-d2:O1.D")
    assert len(evidence_of(stage, facilitator, hospitals.valley, objective)) == 1


def test_an_exercise_that_is_not_over_is_not_closed(
    stage: Platform, machine: Scope, hospitals: Hospitals, facilitator: Scope, exercise: int
) -> None:
    ready = propose_closing(stage, facilitator, exercise)
    number = prepared(stage, machine, hospitals.valley)
    with pytest.raises(Refused):
        close_exercise(stage, facilitator, number, ready.outcome, 1)
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(Forbidden):
        propose_closing(stage, director, exercise)
    with pytest.raises(NotFound):
        propose_closing(stage, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), exercise)


def test_a_gap_becomes_one_action_only(
    stage: Platform, machine: Scope, facilitator: Scope, exercise: int, hospitals: Hospitals
) -> None:
    ciso = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    gap = lessons_of(stage, ciso, exercise).gaps[0]
    due = stage.clock.now().date() + timedelta(days=20)
    with pytest.raises(Forbidden):
        act_on_lesson(stage, facilitator, exercise, gap.id, Charge())
    number = act_on_lesson(stage, ciso, exercise, gap.id, Charge(owner="Cadre de nuit", due_on=due))
    assert act_on_lesson(stage, ciso, exercise, gap.id, Charge()) == number
    close(stage, facilitator, exercise, propose_closing(stage, facilitator, exercise))
    test_id = open_exercise(stage, ciso, exercise).test_id
    assert act_on_gap(stage, ciso, test_id, gap_key(gap.text)) == number
    other = lessons_of(stage, ciso, exercise).gaps[1]
    from_test = act_on_gap(stage, ciso, test_id, gap_key(other.text))
    assert act_on_lesson(stage, ciso, exercise, other.id, Charge()) == from_test
    with stage.database.read() as session:
        action = session.get_one(Action, number)
        assert len(session.scalars(select(Action)).all()) == 2
    assert (action.owner, action.due_on) == ("Cadre de nuit", due)
    origin = origin_exercise(stage, ciso, action.source, action.source_ref)
    assert origin is not None
    assert origin.id == exercise
    assert (
        origin_exercise(stage, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), action.source, action.source_ref)
        is None
    )
    with pytest.raises(Refused):
        drop_lesson(stage, facilitator, exercise, gap.id)


def test_lessons_are_changed_by_one_person_at_a_time(stage: Platform, facilitator: Scope, exercise: int) -> None:
    gap = lessons_of(stage, facilitator, exercise).gaps[0]
    draft = LessonDraft(gap.kind, "L’annuaire de nuit est périmé")
    change_lesson(stage, facilitator, exercise, gap.id, draft, gap.mark)
    with pytest.raises(Refused, match="has just been changed"):
        change_lesson(stage, facilitator, exercise, gap.id, draft, gap.mark)
    seen = lessons_of(stage, facilitator, exercise).gaps[0].mark
    change_lesson(stage, facilitator, exercise, gap.id, replace(draft, cell="ward"), seen)
    with pytest.raises(Refused, match="has just been changed"):  # the words are the same, the cell is not
        change_lesson(stage, facilitator, exercise, gap.id, replace(draft, objective="alert"), seen)
    assert add_lesson(stage, facilitator, exercise, draft) == gap.id
    drop_lesson(stage, facilitator, exercise, gap.id)
    assert len(lessons_of(stage, facilitator, exercise).gaps) == 1


def test_the_report_falls_due_then_the_cold_questionnaire(
    stage: Platform, machine: Scope, facilitator: Scope, exercise: int, hospitals: Hospitals
) -> None:
    found = list_deadlines(stage, machine, hospitals.valley, DeadlineFilter(kind=DeadlineKind.EXERCISE)).page.lines
    assert [one.title for one in found] == ["Clore le débriefing : « Nuit blanche »"]
    assert found[0].days == 29
    close(stage, facilitator, exercise, propose_closing(stage, facilitator, exercise))
    assert list_deadlines(stage, machine, hospitals.valley, DeadlineFilter()).page.lines == ()


def test_the_report_and_the_attestations(
    stage: Platform, facilitator: Scope, exercise: int, hospitals: Hospitals
) -> None:
    assert report_pdf(stage, facilitator, exercise).content.startswith(b"%PDF")
    assert attestation_pdf(stage, facilitator, exercise).content.startswith(b"%PDF")
    assert attestation_pdf(stage, facilitator, exercise, people=True).name == f"attestations-{exercise}.pdf"
    visitor = replace(person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley), lang="en")
    assert attestation_pdf(stage, visitor, exercise).content.startswith(b"%PDF")
    with pytest.raises(Forbidden):
        attestation_pdf(stage, visitor, exercise, people=True)
