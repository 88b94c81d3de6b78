"""Tests of continuity: planned, recorded, corrected, cancelled; history kept, gaps mended, years in view."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from care.domain.access import Level, Place, Role
from care.domain.actions import ActionSource
from care.domain.continuity import Nature, Perimeter, PlanState, TestKind, TestResult, TestState
from care.domain.deadlines import DeadlineKind
from care.domain.durations import LONGEST
from care.domain.eligibility import Duty
from care.domain.evidence import ThingKind, ThingRef
from care.services.action_view import open_action
from care.services.continuity_test_gaps import act_on_gap, gap_key, origin_test
from care.services.continuity_test_reading import TestView, choices, list_tests, open_test
from care.services.continuity_tests import (
    ResultDraft,
    TestDraft,
    Times,
    cancel_test,
    change_test,
    plan_test,
    record_result,
)
from care.services.coverage_weights import set_declared
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.evidence_things import check_thing
from care.services.node_ending import end_node
from care.services.platform import Platform
from care.store.continuity import ContinuityTest, Node
from care.store.trail import TrailEvent
from tests.support.clock import FixedClock
from tests.support.continuity import plant_activity, plant_need, plant_plan, plant_resource
from tests.support.people import MACHINE, Hospitals, person

both = pytest.mark.both_databases
TODAY = date(2026, 3, 2)
TESTS = DeadlineFilter(DeadlineKind.TEST)
DONE = ResultDraft(TODAY, TestResult.PARTIAL, "Tout a été rouvert.", "Classeur introuvable\n- Radio muette", 12)


@pytest.fixture
def emergency(platform: Platform, hospitals: Hospitals) -> int:
    return plant_activity(platform, hospitals.valley, "Urgences", 240)


@pytest.fixture
def plan(platform: Platform, hospitals: Hospitals, emergency: int) -> int:
    return plant_plan(platform, hospitals.valley, "PCRA des urgences", (emergency,))


@pytest.fixture
def field(emergency: int, plan: int) -> TestDraft:
    return TestDraft(
        TestKind.FIELD,
        "Nuit sans DPI",
        TODAY,
        "De 2 h à 4 h.",
        "Mme Roux",
        plan,
        (emergency,),
    )


@pytest.fixture
def night(platform: Platform, hospitals: Hospitals, field: TestDraft) -> int:
    return plan_test(platform, MACHINE, hospitals.valley, field)


def counts(view: TestView) -> dict[Duty, bool]:
    return {one.duty: one.counts for one in view.line.answers}


def trail(platform: Platform, action: str) -> list[TrailEvent]:
    with platform.database.read() as session:
        return list(session.scalars(select(TrailEvent).where(TrailEvent.action == action).order_by(TrailEvent.number)))


@both
def test_a_field_exercise_is_planned_recorded_and_counts(platform: Platform, night: int, emergency: int) -> None:
    planned = open_test(platform, MACHINE, night)
    assert (planned.line.state, planned.line.names, counts(planned)[Duty.D2_O1_D]) == (
        TestState.PLANNED, ("Urgences",), False,
    )  # fmt: skip
    assert planned.line.plan is not None
    assert planned.line.plan.title == "PCRA des urgences"
    times = {emergency: Times(recovery_minutes=90, held_minutes=600)}
    draft = replace(DONE, cyber_triggered=True, degraded_played=True, management_present=True, directorates="DRH")
    record_result(platform, MACHINE, night, replace(draft, times=times), 1)
    done = open_test(platform, MACHINE, night)
    assert counts(done) == {Duty.D2_O1_D: True, Duty.D2_O4: False, Duty.YEARLY: True}
    (node,) = done.nodes
    assert (node.recovery_minutes, node.data_loss_minutes, node.held_minutes, node.measured) == (90, None, 600, True)
    assert (done.line.result, done.participants, [gap.words for gap in done.gaps]) == (
        TestResult.PARTIAL, 12, ["Classeur introuvable", "Radio muette"],
    )  # fmt: skip
    assert "restauration" in next(one for one in done.line.answers if one.duty is Duty.D2_O4).reasons[0]


@both
def test_the_day_of_a_test_is_never_to_come_and_durations_are_bounded(
    platform: Platform, night: int, emergency: int
) -> None:
    wrong = replace(
        DONE, done_on=TODAY + timedelta(days=1), participants=0, times={emergency: Times(recovery_minutes=LONGEST + 1)}
    )
    with pytest.raises(Invalid) as refusal:
        record_result(platform, MACHINE, night, wrong, 1)
    assert set(refusal.value.fields) == {"done_on", "participants", f"recovery_minutes_{emergency}"}
    with pytest.raises(Invalid) as refusal:
        record_result(platform, MACHINE, night, replace(DONE, times={999_999: Times()}), 1)
    assert set(refusal.value.fields) == {"times"}
    assert open_test(platform, MACHINE, night).line.state is TestState.PLANNED
    record_result(platform, MACHINE, night, replace(DONE, times={emergency: Times(0, 0, 0, LONGEST)}), 1)


@both
def test_a_done_test_is_corrected_and_what_was_said_stays_in_the_trail(
    platform: Platform, night: int, emergency: int, field: TestDraft
) -> None:
    record_result(platform, MACHINE, night, replace(DONE, times={emergency: Times(recovery_minutes=30)}), 1)
    corrected = replace(DONE, result=TestResult.FAILED, times={emergency: Times(recovery_minutes=300)})
    record_result(platform, MACHINE, night, corrected, 2)
    change_test(platform, MACHINE, night, replace(field, title="Nuit blanche"), 3)
    first, second = trail(platform, "continuity_test.corrected")
    assert (first.detail["before_result"], first.detail["before_times"]) == ("partial", "Urgences : 30/–/–/–")
    assert second.detail["before_title"] == "Nuit sans DPI"
    with pytest.raises(Refused, match="no longer cancelled"):
        cancel_test(platform, MACHINE, night, "Erreur.", 4)
    record_result(platform, MACHINE, night, corrected, 4)
    assert open_test(platform, MACHINE, night).version == 4


@both
def test_a_cancelled_test_says_why_and_no_longer_changes(platform: Platform, night: int, field: TestDraft) -> None:
    with pytest.raises(Invalid) as refusal:
        cancel_test(platform, MACHINE, night, "  ", 1)
    assert set(refusal.value.fields) == {"reason"}
    cancel_test(platform, MACHINE, night, "Épidémie de grippe.", 1)
    view = open_test(platform, MACHINE, night)
    assert (view.line.state, view.cancel_reason) == (TestState.CANCELLED, "Épidémie de grippe.")
    with pytest.raises(Refused, match="plan another one"):
        record_result(platform, MACHINE, night, DONE, 2)
    with pytest.raises(Refused, match="plan another one"):
        change_test(platform, MACHINE, night, field, 2)
    with platform.database.read() as session:
        assert session.get(ContinuityTest, night) is not None


@both
def test_two_people_lose_nothing(platform: Platform, hospitals: Hospitals, night: int, field: TestDraft) -> None:
    other = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    change_test(platform, other, night, replace(field, planned_on=TODAY + timedelta(days=7)), 1)
    for late in (
        lambda: change_test(platform, MACHINE, night, replace(field, title="Autre"), 1),
        lambda: record_result(platform, MACHINE, night, DONE, 1),
        lambda: cancel_test(platform, MACHINE, night, "Non.", 1),
    ):
        with pytest.raises(Refused) as refusal:
            late()
        assert other.actor in refusal.value.text.fr
        assert "la date prévue" in refusal.value.text.fr


@both
def test_an_activity_that_ended_keeps_its_name_of_then(
    platform: Platform, hospitals: Hospitals, night: int, emergency: int, field: TestDraft
) -> None:
    record_result(platform, MACHINE, night, DONE, 1)
    with platform.database.write() as session:
        row = session.get(Node, emergency)
        assert row is not None
        row.name, version = "SAU", row.version
    end_node(platform, MACHINE, Nature.ACTIVITY, emergency, TODAY, version)
    (node,) = open_test(platform, MACHINE, night).nodes
    assert (node.name, node.name_now, node.ended_on) == ("Urgences", "SAU", TODAY)
    change_test(platform, MACHINE, night, replace(field, title="Encore"), 2)
    assert open_test(platform, MACHINE, night).line.names == ("Urgences",)
    with pytest.raises(Invalid) as refusal:
        plan_test(platform, MACHINE, hospitals.valley, field)
    assert set(refusal.value.fields) == {"nodes"}
    (row_,) = list_tests(platform, MACHINE, hospitals.valley).rows
    assert (row_.name, row_.ended_on, row_.never) == ("SAU", TODAY, False)
    assert [one.ended_on for one in choices(platform, MACHINE, hospitals.valley, night).nodes] == [TODAY]


@both
def test_a_planned_test_follows_the_name_of_the_day(platform: Platform, night: int, emergency: int) -> None:
    with platform.database.write() as session:
        row = session.get(Node, emergency)
        assert row is not None
        row.name = "SAU"
    record_result(platform, MACHINE, night, DONE, 1)
    assert open_test(platform, MACHINE, night).line.names == ("SAU",)


@both
def test_a_gap_becomes_one_action_that_points_back(platform: Platform, night: int) -> None:
    key = gap_key("Radio muette")
    with pytest.raises(NotFound):
        act_on_gap(platform, MACHINE, night, key)
    record_result(platform, MACHINE, night, DONE, 1)
    number = act_on_gap(platform, MACHINE, night, key)
    assert act_on_gap(platform, MACHINE, night, key) == number
    action = open_action(platform, MACHINE, number)
    assert (action.line.title, action.line.source) == ("Radio muette", ActionSource.CONTINUITY_TEST)
    origin = origin_test(platform, MACHINE, action.line.source, action.source_ref)
    assert origin is not None
    assert (origin.id, origin.title) == (night, "Nuit sans DPI")
    assert origin_test(platform, MACHINE, ActionSource.OTHER, action.source_ref) is None
    assert origin_test(platform, MACHINE, action.line.source, "compte rendu : page 3") is None
    gaps = open_test(platform, MACHINE, night).gaps
    assert [gap.action.id if gap.action else None for gap in gaps] == [None, number]
    record_result(platform, MACHINE, night, replace(DONE, gaps="Classeur introuvable"), 2)
    view = open_test(platform, MACHINE, night)
    assert ([gap.action for gap in view.gaps], [one.id for one in view.other_actions]) == ([None], [number])


@both
def test_the_years_say_what_nobody_tested(
    platform: Platform, hospitals: Hospitals, night: int, field: TestDraft, plan: int
) -> None:
    pay = plant_activity(platform, hospitals.valley, "Paie")
    other = plant_plan(platform, hospitals.valley, "PCRA de la paie", (pay,))
    plant_plan(platform, hospitals.valley, "Brouillon", (), PlanState.DRAFT)
    board = list_tests(platform, MACHINE, hospitals.valley)
    assert [one.title for one in board.unscheduled] == ["PCRA de la paie"]
    assert (board.never, board.played_this_year, board.years) == (2, False, (2026, 2027))
    record_result(platform, MACHINE, night, DONE, 1)
    later = replace(field, title="Paie", plan_series=other, node_ids=(pay,), planned_on=date(2027, 5, 1))
    plan_test(platform, MACHINE, hospitals.valley, later)
    board = list_tests(platform, MACHINE, hospitals.valley)
    assert board.unscheduled == ()
    assert [(row.name, row.never, [len(cell) for cell in row.cells]) for row in board.rows] == [
        ("Paie", True, [0, 1]),
        ("Urgences", False, [1, 0]),
    ]


@both
def test_a_planned_test_whose_day_is_over_is_no_schedule_and_falls_due(
    platform: Platform, hospitals: Hospitals, night: int, clock: FixedClock
) -> None:
    (due,) = list_deadlines(platform, MACHINE, hospitals.valley, TESTS).page.lines
    assert (due.title, due.due_on, due.owner) == ("Essai prévu : « Nuit sans DPI »", TODAY, "Mme Roux")
    clock.forward(days=1)
    (due,) = list_deadlines(platform, MACHINE, hospitals.valley, TESTS).page.lines
    assert due.title == "Résultat à enregistrer : essai « Nuit sans DPI »"
    board = list_tests(platform, MACHINE, hospitals.valley)
    assert [one.id for one in board.to_record] == [night]
    assert [one.title for one in board.unscheduled] == ["PCRA des urgences"]
    record_result(platform, MACHINE, night, DONE, 1)
    assert list_deadlines(platform, MACHINE, hospitals.valley, TESTS).page.total == 0


@both
def test_the_phase_of_the_candidate_decides_of_d2_o1_d(platform: Platform, hospitals: Hospitals, night: int) -> None:
    record_result(platform, MACHINE, night, DONE, 1)
    set_declared(platform, MACHINE, Place(Level.GHT, hospitals.ght), TODAY, 0)
    assert counts(open_test(platform, MACHINE, night))[Duty.D2_O1_D]
    set_declared(platform, MACHINE, Place(Level.GHT, hospitals.ght), TODAY - timedelta(days=1), 1)
    assert not counts(open_test(platform, MACHINE, night))[Duty.D2_O1_D]


@both
def test_a_restore_test_counts_for_d2_o4_when_a_perimeter_relies_on_the_system(
    platform: Platform, clock: FixedClock, hospitals: Hospitals
) -> None:
    record, servers, canteen = (plant_resource(platform, hospitals.valley, name) for name in ("DPI", "SAN", "Repas"))
    care = plant_activity(platform, hospitals.valley, "Urgences", perimeter=Perimeter.CARE)
    kitchen = plant_activity(platform, hospitals.valley, "Restauration")
    for dependent, needed in ((care, record), (record, servers), (kitchen, canteen), (servers, record)):
        plant_need(platform, hospitals.valley, dependent, needed)
    by_system = {}
    for system in (record, servers, canteen):
        draft = TestDraft(TestKind.RESTORE, "Restaurer", TODAY, node_ids=(system, care))
        number = by_system[system] = plan_test(platform, MACHINE, hospitals.valley, draft)
        record_result(platform, MACHINE, number, replace(DONE, cyber_triggered=True), 1)
        counted = counts(open_test(platform, MACHINE, number))
        assert counted == {Duty.D2_O1_D: False, Duty.D2_O4: system != canteen, Duty.YEARLY: False}
    # What served a perimeter on the day of the test did, even though the activity ended since.
    clock.forward(days=1)
    end_node(platform, MACHINE, Nature.ACTIVITY, care, TODAY + timedelta(days=1), 1)
    lines = {one.id: one for one in list_tests(platform, MACHINE, hospitals.valley).done}
    assert {system for system, number in by_system.items() if lines[number].counts_for} == {record, servers}


@both
def test_what_is_typed_wrong_is_said_by_field(platform: Platform, hospitals: Hospitals, field: TestDraft) -> None:
    elsewhere = plant_activity(platform, hospitals.far, "Ailleurs")
    wrong = replace(field, title=" ", planned_on=date(1026, 3, 2), plan_series=999, node_ids=(elsewhere,))
    with pytest.raises(Invalid) as refusal:
        plan_test(platform, MACHINE, hospitals.valley, wrong)
    assert set(refusal.value.fields) == {"title", "planned_on", "plan", "nodes"}


@both
def test_evidence_is_tied_to_a_test_of_the_same_establishment(
    platform: Platform, hospitals: Hospitals, night: int
) -> None:
    ref = ThingRef(ThingKind.TEST, str(night))
    with platform.database.read() as session:
        check_thing(session, hospitals.valley, ref)
        with pytest.raises(Invalid):
            check_thing(session, hospitals.hill, ref)


@both
def test_readers_read_and_strangers_see_nothing(
    platform: Platform, hospitals: Hospitals, night: int, field: TestDraft
) -> None:
    reader = person(Role.REGIONAL, Level.REGION, hospitals.region)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    assert not open_test(platform, reader, night).may_manage
    for refused in (
        lambda who: plan_test(platform, who, hospitals.valley, field),
        lambda who: change_test(platform, who, night, field, 1),
        lambda who: record_result(platform, who, night, DONE, 1),
        lambda who: cancel_test(platform, who, night, "Non.", 1),
        lambda who: act_on_gap(platform, who, night, "x"),
    ):
        with pytest.raises(Forbidden):
            refused(reader)
        with pytest.raises(NotFound):
            refused(stranger)
    for hidden in (
        lambda: open_test(platform, stranger, night),
        lambda: list_tests(platform, stranger, hospitals.valley),
    ):
        with pytest.raises(NotFound):
            hidden()
