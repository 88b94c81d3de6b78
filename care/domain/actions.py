"""Remediation actions: where they stand, how urgent they are. Pure."""

from __future__ import annotations

from enum import StrEnum


class ActionState(StrEnum):
    """Where an action stands in one establishment."""

    TO_DO = "to_do"
    IN_PROGRESS = "in_progress"
    BLOCKED = "blocked"
    TO_VERIFY = "to_verify"
    CLOSED = "closed"
    ABANDONED = "abandoned"

    @property
    def over(self) -> bool:
        """Whether nothing more is expected."""
        return self in {ActionState.CLOSED, ActionState.ABANDONED}


class ActionSource(StrEnum):
    """What made an action necessary."""

    FINDING = "finding"
    QUESTION = "question"
    EXERCISE = "exercise"
    INCIDENT = "incident"
    CONTINUITY_TEST = "continuity_test"
    OTHER = "other"


class CareCriticality(StrEnum):
    """What care loses when the thing fails, gravest first. Four steps, our choice."""

    VITAL = "vital"
    MAJOR = "major"
    MODERATE = "moderate"
    MINOR = "minor"


class CostKind(StrEnum):
    """What a cost line pays: something bought once, or something paid every year."""

    INVESTMENT = "investment"
    RUNNING = "running"
