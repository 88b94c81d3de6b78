"""Evidence: what it may be tied to. Pure."""

from __future__ import annotations

from enum import StrEnum


class ThingKind(StrEnum):
    """What a piece of evidence may prove."""

    FINDING = "finding"
    ACTION = "action"
    RUN = "run"
    REQUIREMENT = "requirement"
    EXERCISE = "exercise"
    ACTIVITY = "activity"
    TEST = "test"
    VISIT = "visit"


class ChainKind(StrEnum):
    """The chains of hashes that are signed from time to time."""

    EVIDENCE = "evidence"
    TRAIL = "trail"
