"""How a region supports its establishments: what comes next, visits, services used. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from scanners.model import Text


class ContactKind(StrEnum):
    """How the region was in touch with an establishment."""

    VISIT = "visit"
    MEETING = "meeting"
    CALL = "call"
    LETTER = "letter"


CONTACT_NAMES: Mapping[ContactKind, Text] = {
    ContactKind.VISIT: Text("Visite sur place", "Visit on site"),
    ContactKind.MEETING: Text("Réunion à distance", "Remote meeting"),
    ContactKind.CALL: Text("Appel", "Call"),
    ContactKind.LETTER: Text("Message", "Message"),
}


class UseState(StrEnum):
    """Where an establishment is with a service of the regional centre."""

    ASKED = "asked"
    AGREED = "agreed"
    RUNNING = "running"
    ENDED = "ended"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"

    @property
    def over(self) -> bool:
        """Whether nothing more is done."""
        return self in _OVER


USE_STATES: Mapping[UseState, Text] = {
    UseState.ASKED: Text("Demandé", "Asked for"),
    UseState.AGREED: Text("Convenu", "Agreed"),
    UseState.RUNNING: Text("En cours", "Running"),
    UseState.ENDED: Text("Terminé", "Ended"),
    UseState.DECLINED: Text("Refusé", "Declined"),
    UseState.WITHDRAWN: Text("Retiré par l’établissement", "Withdrawn by the establishment"),
}
_OVER = frozenset({UseState.ENDED, UseState.DECLINED, UseState.WITHDRAWN})
NEXT_STATES: Mapping[UseState, tuple[UseState, ...]] = {
    UseState.ASKED: (UseState.AGREED, UseState.RUNNING, UseState.DECLINED),
    UseState.AGREED: (UseState.RUNNING, UseState.ENDED, UseState.DECLINED),
    UseState.RUNNING: (UseState.ENDED,),
}
"""What the region may say next of the use of a service; nothing follows the states that are over."""


class StepState(StrEnum):
    """Where the next support step of an establishment stands."""

    LATE = "late"
    SOON = "soon"
    LATER = "later"
    UNDATED = "undated"
    NONE = "none"


STEP_STATES: Mapping[StepState, Text] = {
    StepState.LATE: Text("En retard", "Overdue"),
    StepState.SOON: Text("Dans les 30 jours", "Within 30 days"),
    StepState.LATER: Text("Plus tard", "Later"),
    StepState.UNDATED: Text("Sans date", "Without a date"),
    StepState.NONE: Text("Aucune étape prévue", "No step planned"),
}
SOON_DAYS = 30
QUIET_DAYS = 180
"""Days ahead that are soon; days without any contact after which an establishment was not seen for long: our choice."""


def step_state(next_step: str, next_on: date | None, today: date) -> StepState:
    """Where a next step stands on a day."""
    if not next_step:
        return StepState.NONE
    if next_on is None:
        return StepState.UNDATED
    if next_on < today:
        return StepState.LATE
    return StepState.SOON if (next_on - today).days <= SOON_DAYS else StepState.LATER


def is_quiet(last_contact: date | None, today: date) -> bool:
    """Whether nobody of the region was in touch for a long time, or ever."""
    return last_contact is None or (today - last_contact).days > QUIET_DAYS
