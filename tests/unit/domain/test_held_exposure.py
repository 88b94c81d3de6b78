"""D1.O2.B on the dates of audits: both ends of the window, what lies between, what comes next."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from care.domain.held_exposure import ExposureAudit, Held, Window, held

FIRST = date(2026, 1, 10)
WINDOW = Window(45, 60)
LATER = date(2026, 12, 31)


def _audits(*days_and_criticals: tuple[int, int]) -> list[ExposureAudit]:
    return [ExposureAudit(FIRST + timedelta(days=days), criticals) for days, criticals in days_and_criticals]


def _days(found: Held) -> int | None:
    return None if found.pair is None else (found.pair[1].day - found.pair[0].day).days


@pytest.mark.parametrize(("apart", "proved"), [(44, False), (45, True), (60, True), (61, False)])
def test_both_ends_of_the_window_count(apart: int, proved: bool) -> None:
    found = held(_audits((0, 0), (apart, 0)), WINDOW, 0, LATER)
    assert _days(found) == (apart if proved else None)


def test_an_audit_below_the_level_proves_nothing() -> None:
    assert held(_audits((0, 0), (50, 1)), WINDOW, 0, LATER).pair is None


def test_a_fall_between_the_two_breaks_the_proof() -> None:
    assert held(_audits((0, 0), (20, 1), (50, 0)), WINDOW, 0, LATER).pair is None


def test_monthly_audits_hold_it_two_apart() -> None:
    assert _days(held(_audits((0, 0), (28, 0), (56, 0)), WINDOW, 0, LATER)) == 56


def test_the_latest_pair_is_told() -> None:
    found = held(_audits((0, 0), (50, 0), (100, 0)), WINDOW, 0, LATER)
    assert found.pair is not None
    assert found.pair[1].day == FIRST + timedelta(days=100)


def test_the_worst_audit_of_a_day_counts() -> None:
    assert held(_audits((0, 0), (50, 0), (50, 2)), WINDOW, 0, LATER).pair is None


def test_a_pair_names_what_either_audit_did_not_look_at() -> None:
    first, second = _audits((0, 0), (50, 0))
    found = held([replace(first, exceptions=("b", "a")), replace(second, exceptions=("c", "a"))], WINDOW, 0, LATER)
    assert found.exceptions == ("a", "b", "c")
    assert held([first, replace(first, exceptions=("a",)), second], WINDOW, 0, LATER).exceptions == ("a",)
    assert held([replace(first, exceptions=("a",))], WINDOW, 0, LATER).exceptions == (), "no pair, no exception to it"


def test_an_audit_of_the_future_is_left_out() -> None:
    audits = _audits((0, 0), (50, 0))
    assert held(audits, WINDOW, 0, FIRST + timedelta(days=49)).pair is None
    assert held(audits, WINDOW, 0, FIRST + timedelta(days=50)).pair is not None


def test_without_a_level_the_dates_alone_are_told() -> None:
    assert _days(held(_audits((0, 7), (50, 3)), WINDOW, None, LATER)) == 50


@pytest.mark.parametrize(
    ("today", "soonest", "latest"),
    [(10, 45, 60), (45, 45, 60), (52, 52, 60), (60, 60, 60), (61, None, None)],
)
def test_when_the_next_audit_must_take_place(today: int, soonest: int | None, latest: int | None) -> None:
    def day(days: int | None) -> date | None:
        return None if days is None else FIRST + timedelta(days=days)

    found = held(_audits((0, 0)), WINDOW, 0, FIRST + timedelta(days=today))
    assert (found.next_from, found.next_until) == (day(soonest), day(latest))


def test_a_fall_starts_again_from_the_audit_after_it() -> None:
    found = held(_audits((0, 0), (20, 1), (30, 0)), WINDOW, 0, FIRST + timedelta(days=31))
    assert (found.next_from, found.next_until) == (FIRST + timedelta(days=75), FIRST + timedelta(days=90))


def test_a_fall_after_the_pair_undoes_the_proof_and_is_told() -> None:
    found = held(_audits((0, 0), (50, 0), (60, 2)), WINDOW, 0, LATER)
    assert found.pair is None
    assert found.fallen == ExposureAudit(FIRST + timedelta(days=60), 2)
    back = held(_audits((0, 0), (50, 0), (60, 2), (70, 0), (115, 0)), WINDOW, 0, LATER)
    assert (_days(back), back.fallen) == (45, None), "mended, then held again"


def test_an_audit_that_does_not_count_proves_nothing_and_breaks_all_the_same() -> None:
    first, second = _audits((0, 0), (50, 0))
    assert held([first, replace(second, proves=False)], WINDOW, 0, LATER).pair is None
    part = replace(second, day=second.day + timedelta(days=1), criticals=1, proves=False)
    assert held([first, second, part], WINDOW, 0, LATER).pair is None
    assert held([first, second, replace(part, criticals=0)], WINDOW, 0, LATER).pair == (first, second)
    same_day = replace(part, day=second.day, criticals=0, exceptions=("a",))
    assert held([first, second, same_day], WINDOW, 0, LATER).exceptions == (), "what it left out takes nothing away"


def test_without_a_level_nothing_falls() -> None:
    assert held(_audits((0, 7), (50, 3)), WINDOW, None, LATER).fallen is None
