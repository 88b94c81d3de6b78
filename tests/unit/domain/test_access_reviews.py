from __future__ import annotations

from datetime import date, timedelta

import pytest

from care.domain.access_links import ReviewVerdict
from care.domain.access_reviews import DELAYS, FIRST, carried_out_by, next_review

TODAY = date(2026, 3, 9)
BEGUN = date(2026, 3, 1)
JUNE, MAY = date(2025, 6, 30), date(2025, 5, 31)


@pytest.mark.parametrize(
    ("months", "closed", "reviewed", "due"),
    [
        (12, None, [], None),
        (12, JUNE, [], None),
        (12, None, [None], BEGUN + FIRST),
        (12, None, [JUNE, None], BEGUN + FIRST),
        (12, None, [JUNE, MAY], date(2026, 5, 31)),
        (6, MAY, [None], date(2025, 11, 30)),
        (12, MAY, [JUNE], date(2026, 6, 30)),
        (3, JUNE, [MAY, None], date(2025, 9, 30)),
    ],
)
def test_when_the_next_review_is_due(
    months: int, closed: date | None, reviewed: list[date | None], due: date | None
) -> None:
    assert next_review(months, closed, reviewed, BEGUN, TODAY) == due


def test_a_register_of_which_nobody_knows_when_it_began_has_a_while_from_today() -> None:
    assert next_review(12, None, [None], None, TODAY) == TODAY + FIRST


@pytest.mark.parametrize("verdict", list(ReviewVerdict))
def test_what_was_decided_is_carried_out_in_time(verdict: ReviewVerdict) -> None:
    due = carried_out_by(verdict, TODAY)
    assert due == (None if verdict is ReviewVerdict.CONFIRMED else TODAY + DELAYS[verdict])
    assert due is None or due - TODAY <= timedelta(days=30)
