"""Steps of an application file, and its days against the calendar of its domain: boundary values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

import pytest

from care.adapters.frameworks import shipped_frameworks
from care.domain.application_files import (
    APPLIED,
    DECLARED,
    NEXT,
    OVER,
    STATE_NAMES,
    FileState,
    date_faults,
    dates_after,
    may_follow,
)
from care.domain.frameworks import Confidence, Framework
from care.domain.funded_domains import DOMAINS, Bounds, FileDates, Window, bounds_of, remarks

SHIPPED = {one.id: one for one in shipped_frameworks()}
D1, D2 = SHIPPED["care-d1"], SHIPPED["care-d2"]
DAY = date(2026, 3, 2)


def test_every_state_is_reached_from_the_beginning_and_has_a_name() -> None:
    seen, waiting = set[FileState](), [FileState.NOT_APPLYING]
    while waiting:
        state = waiting.pop()
        if state not in seen:
            seen.add(state)
            waiting += NEXT[state]
    assert seen == set(FileState) == set(STATE_NAMES) == set(NEXT)
    assert {state for state in FileState if not NEXT[state]} <= OVER
    assert not may_follow(FileState.PAID, FileState.ACHIEVED)


@pytest.mark.parametrize("state", list(FileState))
def test_days_follow_the_state(state: FileState) -> None:
    before = FileDates(date(2025, 9, 1), date(2026, 1, 1), date(2026, 2, 1), date(2026, 6, 1))
    after = dates_after(state, DAY, before)
    assert (after.candidacy_on is not None) == (state in APPLIED)
    assert (after.declaration_on is not None) == (state in DECLARED)
    assert (after.paid_on is not None) == (state is FileState.PAID)
    assert after.declare_until == before.declare_until
    assert date_faults(state, after, DAY) == {}


def test_a_day_in_the_future_is_a_fault_and_today_is_not() -> None:
    assert date_faults(FileState.CANDIDACY_FILED, FileDates(DAY), DAY) == {}
    assert set(date_faults(FileState.CANDIDACY_FILED, FileDates(DAY + timedelta(days=1)), DAY)) == {"candidacy_on"}


@pytest.mark.parametrize(
    ("framework", "dates", "said"),
    [
        (D1, FileDates(date(2024, 3, 17)), 1),
        (D1, FileDates(date(2024, 3, 18)), 0),
        (D1, FileDates(date(2024, 4, 19)), 0),
        (D1, FileDates(date(2024, 4, 20)), 1),
        (D1, FileDates(None, date(2025, 6, 30)), 0),
        (D1, FileDates(None, date(2025, 7, 1)), 1),
        (D1, FileDates(None, None, date(2026, 6, 30)), 0),
        (D1, FileDates(None, None, date(2026, 7, 1)), 1),
        (D2, FileDates(date(2025, 9, 1)), 1),
        (D2, FileDates(date(2025, 9, 2), date(2026, 1, 16)), 0),
        (D2, FileDates(None, date(2026, 1, 15)), 1),
        (D2, FileDates(None, date(2030, 1, 1)), 0),  # no text gives the end
        (D2, FileDates(None, date(2026, 6, 2), None, date(2026, 6, 1)), 1),  # the file’s own date does
        (D2, FileDates(date(2026, 2, 1), date(2026, 1, 31)), 2),  # after its window, and after the declaration
    ],
)
def test_what_is_outside_a_window_is_said(framework: Framework, dates: FileDates, said: int) -> None:
    assert len(remarks(dates, framework)) == said


def test_a_date_of_second_hand_is_said_to_be_checked() -> None:
    assert bounds_of(D2, Window.CANDIDACY) == Bounds(date(2025, 9, 2), date(2025, 10, 31), hearsay=True)
    assert bounds_of(D1, Window.CANDIDACY).hearsay is False
    (remark,) = remarks(FileDates(date(2025, 11, 1)), D2)
    assert "(date à vérifier)" in remark.fr
    until = replace(D2.parameters["candidacy_until"], confidence=Confidence.OFFICIAL)
    entered = replace(D2, parameters=MappingProxyType({**D2.parameters, "candidacy_until": until}))
    (remark,) = remarks(FileDates(date(2025, 11, 1)), entered)
    assert "à vérifier" not in remark.fr


def test_every_domain_has_its_framework_and_says_its_whole_name() -> None:
    for domain in DOMAINS.values():
        assert domain.framework in SHIPPED
        assert len(domain.name.fr) > len("Domaine 2")
        assert domain.numbering.fr
