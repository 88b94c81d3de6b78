"""The next audit: sooner at once, later one step at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from care.domain.rhythm import Step, called_for, due_after, next_step
from scanners.model import Severity

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("worst", "exploited", "silent", "step", "after"),
    [
        (Severity.LOW, True, False, Step.CRITICAL, timedelta(hours=12)),
        (Severity.CRITICAL, False, False, Step.CRITICAL, timedelta(hours=12)),
        (Severity.HIGH, False, False, Step.HIGH, timedelta(days=1)),
        (Severity.MEDIUM, False, False, Step.LOWER, timedelta(days=4)),
        (Severity.LOW, False, True, Step.LOWER, timedelta(days=4)),
        (Severity.INFO, False, False, Step.CLEAN, timedelta(days=7)),
        (None, False, False, Step.CLEAN, timedelta(days=7)),
        (None, False, True, Step.SILENT, timedelta(days=90)),
    ],
)
def test_the_worst_decides_how_soon(
    worst: Severity | None, exploited: bool, silent: bool, step: Step, after: timedelta
) -> None:
    called = called_for(worst, exploited=exploited, silent=silent)
    assert called is step
    assert due_after(called, NOON) == NOON + after


def test_it_goes_up_at_once_and_comes_down_one_step_an_audit() -> None:
    assert next_step(None, Step.SILENT) is Step.CLEAN, "one silence is heard again within a week"
    assert next_step(Step.CLEAN, Step.SILENT) is Step.SILENT
    assert next_step(Step.SILENT, Step.CRITICAL) is Step.CRITICAL
    down, step = [], Step.CRITICAL
    for _audit in range(5):
        step = next_step(step, Step.SILENT)
        down.append(step)
    assert down == [Step.HIGH, Step.LOWER, Step.CLEAN, Step.SILENT, Step.SILENT]
    assert next_step(Step.HIGH, Step.HIGH) is Step.HIGH
