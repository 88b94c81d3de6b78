"""Paper kits: when one is to be checked again, and what it is worth until then. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

from scanners.model import Text

USUAL_DAYS = 90
"""Days between two checks proposed for a new kit: every quarter, our choice; each kit may have its own."""
MOST_DAYS = 730
"""A kit that nobody opens for two years is no kit (our choice)."""


class KitState(StrEnum):
    """What a kit is worth today, worst first."""

    INCOMPLETE = "incomplete"
    OVERDUE = "overdue"
    NEVER = "never"
    READY = "ready"
    RETIRED = "retired"


KIT_STATES: Mapping[KitState, Text] = {
    KitState.INCOMPLETE: Text("Incomplet", "Incomplete"),
    KitState.OVERDUE: Text("Vérification en retard", "Check overdue"),
    KitState.NEVER: Text("Jamais vérifié", "Never checked"),
    KitState.READY: Text("Prêt", "Ready"),
    KitState.RETIRED: Text("Retiré", "Retired"),
}


def next_check(created_on: date, every_days: int, last_on: date | None, *, complete: bool) -> date:
    """The day by which somebody must open the cupboard.

    A kit never checked is due the day it is declared, an incomplete one the day it was found so: it is to be completed.
    """
    if last_on is None:
        return created_on
    return last_on + timedelta(days=every_days) if complete else last_on


def kit_state(due_on: date, today: date, last_on: date | None, *, complete: bool, retired: bool) -> KitState:
    """What a kit is worth; `due_on` is its `next_check`."""
    if retired:
        return KitState.RETIRED
    if last_on is None:
        return KitState.NEVER
    if not complete:
        return KitState.INCOMPLETE
    return KitState.OVERDUE if due_on < today else KitState.READY
