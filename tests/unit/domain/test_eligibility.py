"""Which tests count, for what, and why not."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from care.domain.continuity import TestKind, TestState
from care.domain.eligibility import PHASE_START, Duty, Phase, Played, answers

FIELD = Played(
    TestKind.FIELD, TestState.DONE, date(2026, 5, 12), activities=1, plan=True, cyber_triggered=True,
    degraded_played=True, management_present=True, directorates_present=True,
)  # fmt: skip
RESTORE = Played(TestKind.RESTORE, TestState.DONE, date(2026, 5, 12), resources=1, serves_perimeter=True)
PHASE = Phase(PHASE_START, date(2026, 10, 1))


def counted(played: Played, year: int = 2026) -> set[Duty]:
    return {answer.duty for answer in answers(played, PHASE, year) if answer.counts}


def test_a_field_exercise_with_everyone_counts_for_both() -> None:
    assert counted(FIELD) == {Duty.D2_O1_D, Duty.YEARLY}


def test_a_restore_test_counts_for_backups_only() -> None:
    assert counted(RESTORE) == {Duty.D2_O4}


def test_a_restored_system_that_no_perimeter_relies_on_does_not_count() -> None:
    (_field, restore, _yearly) = answers(replace(RESTORE, serves_perimeter=False), PHASE, 2026)
    assert (restore.counts, len(restore.reasons)) == (False, 1)
    assert "D2.O1.C" in restore.reasons[0].fr
    nothing = answers(replace(RESTORE, resources=0, serves_perimeter=False), PHASE, 2026)[1]
    assert [reason.en for reason in nothing.reasons] == ["no system is restored in it"]


def test_a_table_top_exercise_counts_for_the_year_alone() -> None:
    assert counted(replace(FIELD, kind=TestKind.TABLE_TOP)) == {Duty.YEARLY}


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"state": TestState.PLANNED, "done_on": None}, set()),
        ({"state": TestState.CANCELLED}, set()),
        ({"plan": False}, {Duty.YEARLY}),
        ({"activities": 0}, {Duty.YEARLY}),
        ({"cyber_triggered": False}, {Duty.D2_O1_D}),
        ({"degraded_played": False}, {Duty.D2_O1_D}),
        ({"management_present": False}, {Duty.D2_O1_D}),
        ({"directorates_present": False}, {Duty.D2_O1_D}),
        ({"in_maintenance": True}, {Duty.D2_O1_D}),
        ({"done_on": date(2025, 7, 15)}, set()),
        ({"done_on": date(2025, 7, 16)}, {Duty.D2_O1_D}),
        ({"done_on": date(2026, 10, 1)}, {Duty.D2_O1_D, Duty.YEARLY}),
        ({"done_on": date(2026, 10, 2)}, {Duty.YEARLY}),
    ],
)
def test_each_condition_counts(change: dict[str, Any], left: set[Duty]) -> None:
    assert counted(replace(FIELD, **change)) == left


def test_every_reason_is_given_in_both_languages() -> None:
    empty = Played(TestKind.TABLE_TOP, TestState.PLANNED, None)
    by_duty = {answer.duty: answer.reasons for answer in answers(empty, PHASE, 2026)}
    assert len(by_duty[Duty.D2_O1_D]) == 4
    assert len(by_duty[Duty.YEARLY]) == 5
    assert all(reason.fr and reason.en and reason.fr != reason.en for some in by_duty.values() for reason in some)


def test_a_technical_test_is_told_so_in_one_reason() -> None:
    yearly = answers(replace(RESTORE, kind=TestKind.FAILOVER), PHASE, 2026)[2]
    assert len(yearly.reasons) == 1
    assert "technique" in yearly.reasons[0].fr


def test_the_phase_is_open_until_the_declaration() -> None:
    assert Phase().holds(date(2031, 1, 1))
