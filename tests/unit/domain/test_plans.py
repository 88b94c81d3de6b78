"""Continuity plans: how they stand, what they lack, signatures, dates."""

from __future__ import annotations

from datetime import date

import pytest

from care.domain.continuity import PlanState
from care.domain.plans import (
    SECTIONS,
    Covered,
    PlanStanding,
    SectionKey,
    lacks,
    months_later,
    standing,
    validation_faults,
)

DAY = date(2026, 3, 2)
WRITTEN = {key.value: "Écrit." for key in SectionKey}
WELL = Covered("Urgences", critical=True, dmia=True, degraded=True)


def test_every_part_is_described_once() -> None:
    assert [one.key for one in SECTIONS] == list(SectionKey)
    assert all(one.hint.fr and one.hint.en for one in SECTIONS)


@pytest.mark.parametrize(
    ("state", "review_on", "expected"),
    [
        (PlanState.VALIDATED, date(2026, 3, 1), PlanStanding.TO_REVISE),
        (PlanState.VALIDATED, DAY, PlanStanding.VALIDATED),
        (PlanState.VALIDATED, None, PlanStanding.VALIDATED),
        (PlanState.ARCHIVED, date(2020, 1, 1), PlanStanding.ARCHIVED),
        (PlanState.DRAFT, date(2020, 1, 1), PlanStanding.DRAFT),
    ],
)
def test_a_validated_plan_is_to_be_revised_after_its_date(
    state: PlanState, review_on: date | None, expected: PlanStanding
) -> None:
    assert standing(state, review_on, DAY) is expected


def test_a_whole_plan_lacks_nothing_and_blanks_are_nothing() -> None:
    assert lacks(WRITTEN, [WELL]) == ()
    (one,) = lacks(WRITTEN | {"alert": " \n"}, [WELL])
    assert (one.section, one.blocking) == (SectionKey.ALERT, True)


def test_what_blocks_comes_first() -> None:
    bare = Covered("Bloc", critical=True)
    found = lacks({}, [bare])
    assert [one.blocking for one in found] == [True] * 10 + [False]
    assert lacks(WRITTEN, [Covered("Paie", critical=False, dmia=True)]) == ()


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 2, 29), 24, date(2026, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 10, 31), 1, date(2026, 11, 30)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_months_later_stay_in_their_month(day: date, months: int, expected: date) -> None:
    assert months_later(day, months) == expected


@pytest.mark.parametrize(
    ("on", "review_on", "faults"),
    [
        (DAY, date(2028, 3, 2), set()),
        (DAY, date(2028, 3, 3), {"review_on"}),
        (DAY, DAY, {"review_on"}),
        (date(2026, 3, 3), date(2027, 3, 3), {"validated_on"}),
        (date(2024, 1, 1), date(2026, 1, 1), {"review_on"}),
    ],
)
def test_signatures_at_their_bounds(on: date, review_on: date, faults: set[str]) -> None:
    assert set(validation_faults("Anne Morel", "Directrice", on, review_on, DAY)) == faults
