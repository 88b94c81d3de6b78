"""Things that fall due: what they are, and which reminder a date calls for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from care.domain.access import Place
from scanners.model import Text

LATE = "late"
_WEEK = 7


class DeadlineKind(StrEnum):
    """What falls due."""

    ACTION = "action"
    DECISION = "decision"
    EVIDENCE = "evidence"
    BROKEN_EVIDENCE = "broken_evidence"
    ANSWER = "answer"
    MANDATE = "mandate"
    GRANT = "grant"
    AUDIT = "audit"
    BIA_DECISION = "bia_decision"
    BIA_REVIEW = "bia_review"
    SHEET_REVIEW = "sheet_review"
    KIT_CHECK = "kit_check"
    PLAN_REVIEW = "plan_review"
    CONTACTS = "contacts"
    CRISIS_PACK = "crisis_pack"
    TEST = "test"
    EXERCISE = "exercise"
    APPLICATION = "application"
    AWARENESS = "awareness"
    HOSTING = "hosting"
    CONTRACT = "contract"
    REMOTE_ACCESS = "remote_access"
    BACKUP = "backup"
    DECLARATION = "declaration"
    INCIDENT = "incident"
    VISIT = "visit"
    COMMITTEE = "committee"
    CAMPAIGN = "campaign"
    SUPPORT_CONTACT = "support_contact"
    SUPPORT_STEP = "support_step"
    ALERT = "alert"
    INSTALLATION = "installation"
    REGION_LINK = "region_link"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One thing that falls due, on a place.

    `identity` names the thing, the same in every establishment that shares it. `address` is its page, from the root of
    the platform. `owner_account_id` is who has to do it, None when nobody in particular. `changed_at` (UTC) is when it
    last changed. `dated` is False when the date is only that of a check, made again and again.
    """

    kind: DeadlineKind
    identity: str
    place: Place
    title: Text
    due_on: date
    changed_at: datetime
    address: str = ""
    owner: str = ""
    owner_account_id: int | None = None
    dated: bool = True

    @property
    def key(self) -> str:
        """The thing and its date: a date that a person moves makes a new deadline, told anew."""
        return f"{self.identity}@{self.due_on}" if self.dated else self.identity

    def late(self, today: date) -> bool:
        """Whether its day is over."""
        return self.due_on < today


def step_of(due_on: date, today: date, steps: tuple[int, ...], *, weekly: bool = True) -> str:
    """Which reminder a date calls for: the smallest of `steps` (days before) already reached, then `late`.

    Once late there is one a week if `weekly`, otherwise one in all. "" while it is too early. A reminder missed is not
    made up for: only the latest one counts.
    """
    left = (due_on - today).days
    if left < 0:
        return f"{LATE}-{(-left - 1) // _WEEK}" if weekly else LATE
    return min((str(step) for step in steps if left <= step), key=int, default="")
