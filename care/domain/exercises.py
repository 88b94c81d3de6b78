"""Words of exercises that tables and pages share. What happens in one is decided in `exercises`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from scanners.model import Text


class ExerciseStage(StrEnum):
    """Where an exercise stands for the platform: prepared, played, debriefed, then closed."""

    PREPARED = "prepared"
    LIVE = "live"
    DEBRIEF = "debrief"
    CLOSED = "closed"
    CANCELLED = "cancelled"


PLAYED = frozenset({ExerciseStage.DEBRIEF, ExerciseStage.CLOSED})
"""After its end: what it showed is known."""
SHUT = frozenset({ExerciseStage.CLOSED, ExerciseStage.CANCELLED})
"""Nothing more happens to it."""


class Seat(StrEnum):
    """Who opens an exercise with a code instead of an account."""

    PLAYER = "player"
    OBSERVER = "observer"
    SCREEN = "screen"


class GuestRole(StrEnum):
    """What someone who is invited comes to do."""

    PLAYER = "player"
    OBSERVER = "observer"
    FACILITATOR = "facilitator"


class GuestAnswer(StrEnum):
    """What someone invited answered."""

    COMES = "comes"
    DECLINES = "declines"


class MessageKind(StrEnum):
    """What a message of a live exercise is: a cell's answer to a stimulus, its question, what the facilitation says."""

    ANSWER = "answer"
    QUESTION = "question"
    FACILITATION = "facilitation"


class Round(StrEnum):
    """When a questionnaire is answered: at once, or some weeks later."""

    HOT = "hot"
    COLD = "cold"


class LessonKind(StrEnum):
    """What the debrief keeps."""

    STRENGTH = "strength"
    GAP = "gap"


class EntryKind(StrEnum):
    """What a line of a logbook (main courante) holds."""

    FACT = "fact"
    DECISION = "decision"
    ACTION = "action"
    CONTACT = "contact"
    CORRECTION = "correction"


STAGE_NAMES: Mapping[ExerciseStage, Text] = {
    ExerciseStage.PREPARED: Text("En préparation", "Being prepared"),
    ExerciseStage.LIVE: Text("En cours", "Under way"),
    ExerciseStage.DEBRIEF: Text("À débriefer", "To debrief"),
    ExerciseStage.CLOSED: Text("Clos", "Closed"),
    ExerciseStage.CANCELLED: Text("Annulé", "Cancelled"),
}
ENTRY_KINDS: Mapping[EntryKind, Text] = {
    EntryKind.FACT: Text("Fait", "Fact"),
    EntryKind.DECISION: Text("Décision", "Decision"),
    EntryKind.ACTION: Text("Action", "Action"),
    EntryKind.CONTACT: Text("Contact", "Contact"),
    EntryKind.CORRECTION: Text("Correction", "Correction"),
}
MAX_KEY = 64
"""Signs of the key that a device gives to what it writes: sent again with it, it counts once."""
RETEX_WITHIN = timedelta(days=30)
"""A report is due so long after the end: ANSSI, crisis maturity self-assessment 1.0.2, question 3.1, level 2."""
