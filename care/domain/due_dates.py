"""When an action is due: days by severity and care criticality, a policy that people edit. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from care.domain.actions import CareCriticality
from scanners.model import Severity, Text

DueDays = Mapping[Severity, Mapping[CareCriticality, int]]
"""Days to fix, counted from the creation of the action."""

MAX_DAYS = 1095
"""Three years: beyond, a date says nothing any more. Our choice."""

_ROWS: Mapping[Severity, tuple[int, int, int, int]] = {
    Severity.CRITICAL: (7, 15, 30, 45),
    Severity.HIGH: (30, 45, 60, 90),
    Severity.MEDIUM: (60, 90, 120, 180),
    Severity.LOW: (120, 180, 270, 365),
    Severity.INFO: (365, 365, 365, 365),
}
DEFAULT_DAYS: DueDays = {severity: dict(zip(CareCriticality, days, strict=True)) for severity, days in _ROWS.items()}
"""Our choice: no French text sets these delays. Every installation and every establishment may set its own."""


def due_on(created: date, severity: Severity, criticality: CareCriticality, policies: Iterable[DueDays]) -> date:
    """The due date of an action created that day: over several sites, the strictest of their policies wins."""
    days = min((policy[severity][criticality] for policy in policies), default=DEFAULT_DAYS[severity][criticality])
    return created + timedelta(days=days)


def policy_faults(days: Mapping[Severity, Mapping[CareCriticality, int | None]]) -> Mapping[str, Text]:
    """What is wrong with a policy somebody wants to record, by cell (`critical.vital`); empty when nothing is.

    Each cell is a number of days from 1 to `MAX_DAYS`, and what is graver is never due later.
    """
    faults: dict[str, Text] = {}
    for severity in Severity:
        for criticality in CareCriticality:
            fault = _cell_fault(days, severity, criticality)
            if fault is not None:
                faults[f"{severity}.{criticality}"] = fault
    return faults


def _cell_fault(
    days: Mapping[Severity, Mapping[CareCriticality, int | None]], severity: Severity, criticality: CareCriticality
) -> Text | None:
    value = days[severity][criticality]
    if value is None or not 1 <= value <= MAX_DAYS:
        return Text(f"Un nombre de jours de 1 à {MAX_DAYS} est attendu.", f"A number of days from 1 to {MAX_DAYS}.")
    for graver in _just_graver(days, severity, criticality):
        if graver is not None and graver > value:
            return Text(
                f"Plus court que ce qui est plus grave ({graver} jours).",
                f"Shorter than what is graver ({graver} days).",
            )
    return None


def _just_graver(
    days: Mapping[Severity, Mapping[CareCriticality, int | None]], severity: Severity, criticality: CareCriticality
) -> Iterable[int | None]:
    if severity.rank:
        yield days[list(Severity)[severity.rank - 1]][criticality]
    if criticality.rank:
        yield days[severity][list(CareCriticality)[criticality.rank - 1]]


def to_json(days: DueDays) -> dict[str, dict[str, int]]:
    """The policy as the database keeps it."""
    return {severity.value: {key.value: value for key, value in row.items()} for severity, row in days.items()}


def from_json(stored: Mapping[str, Mapping[str, int]]) -> DueDays:
    """The policy as stored; a cell that is missing takes the default."""
    return {
        severity: {
            criticality: int(stored.get(severity.value, {}).get(criticality.value, DEFAULT_DAYS[severity][criticality]))
            for criticality in CareCriticality
        }
        for severity in Severity
    }
