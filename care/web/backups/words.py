"""The words of the pages of backups with their colours and icons."""

from __future__ import annotations

from collections.abc import Mapping

from care.services.backups.words import STANDINGS, STATE_NAMES, STEP_NAMES
from care.web.labels import Label

_STATES = {
    "danger": ("critical", "exclamation-octagon"),
    "watch": ("high", "exclamation-triangle"),
    "word": ("unsure", "question-circle"),
    "good": ("good", "check-circle"),
}
_STANDINGS = {
    "measured": ("good", "check-circle"),
    "declared": ("info", ""),
    "unproved": ("medium", "question-circle"),
    "short": ("high", "hourglass-split"),
    "contradicted": ("critical", "x-circle"),
    "no": ("low", ""),
    "unsaid": ("unsure", "question-circle"),
}
_STEPS = {
    "late": ("high", "exclamation-triangle"),
    "ahead": ("info", "calendar3"),
    "done": ("good", "check-circle"),
}
STATES: Mapping[str, Label] = {name: Label(text, *_STATES[name]) for name, text in STATE_NAMES.items()}
STANDING: Mapping[str, Label] = {name: Label(text, *_STANDINGS[name]) for name, text in STANDINGS.items()}
STEPS: Mapping[str, Label] = {name: Label(text, *_STEPS[name]) for name, text in STEP_NAMES.items()}
