"""How soon a target is audited again, from what was found there: the worse, the sooner. Pure.

The intervals are those of CISA's cyber-hygiene scans (cyhy-core, `db/scheduler.py`): 12 hours after a critical weakness
or one known to be exploited, a day after a high one, four days after others, a week when clean, 90 days when nothing
answers. As there, a target that gets better comes down one step an audit, so that a lull is not taken for a cure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from scanners.model import Severity, Text


class Step(StrEnum):
    """How urgently a target is looked at again, most urgent first."""

    CRITICAL = "critical"
    HIGH = "high"
    LOWER = "lower"
    CLEAN = "clean"
    SILENT = "silent"


INTERVALS: Mapping[Step, timedelta] = {
    Step.CRITICAL: timedelta(hours=12),
    Step.HIGH: timedelta(days=1),
    Step.LOWER: timedelta(days=4),
    Step.CLEAN: timedelta(days=7),
    Step.SILENT: timedelta(days=90),
}
WORDS: Mapping[Step, Text] = {
    Step.CRITICAL: Text(
        "toutes les 12 heures : une faiblesse critique ou exploitée est ouverte",
        "every 12 hours: a critical or exploited weakness is open",
    ),
    Step.HIGH: Text("chaque jour : une faiblesse élevée est ouverte", "every day: a high weakness is open"),
    Step.LOWER: Text("tous les 4 jours : il reste des faiblesses", "every 4 days: weaknesses are left"),
    Step.CLEAN: Text(
        "chaque semaine : rien n’est ouvert, ou le premier audit n’a rien entendu",
        "every week: nothing is open, or the first audit heard nothing",
    ),
    Step.SILENT: Text("tous les 90 jours : aucune adresse ne répond", "every 90 days: no address answers"),
}
_STEPS = tuple(Step)


def called_for(worst: Severity | None, *, exploited: bool, silent: bool) -> Step:
    """The step that what is open calls for: `worst` severity (None: nothing), a weakness known to be exploited, nobody
    answering."""
    if exploited or worst is Severity.CRITICAL:
        return Step.CRITICAL
    if worst is Severity.HIGH:
        return Step.HIGH
    if worst is not None and worst is not Severity.INFO:
        return Step.LOWER
    return Step.SILENT if silent else Step.CLEAN


def next_step(before: Step | None, called: Step) -> Step:
    """The step after one more audit: at once up, one at a time down."""
    if (
        before is None
    ):  # one audit that hears nothing may have been filtered: a second one, within a week, is our choice
        return min(called, Step.CLEAN, key=_STEPS.index)
    if _STEPS.index(called) <= _STEPS.index(before):
        return called
    return _STEPS[_STEPS.index(before) + 1]


def due_after(step: Step, audited_at: datetime) -> datetime:
    """When the next audit is due."""
    return audited_at + INTERVALS[step]
