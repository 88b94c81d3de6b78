"""What the page of the facilitation calls things."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

from care.web.labels import Label
from exercises.events import How, Verdict, Why
from exercises.state import Stage, Standing

STAGE: Mapping[str, Label] = {
    Stage.READY: Label(_("Prêt à commencer"), "low", "flag"),
    Stage.RUNNING: Label(_("En cours"), "good", "play-fill"),
    Stage.PAUSED: Label(_("En pause"), "medium", "pause-fill"),
    Stage.ENDED: Label(_("Terminé"), "info", "stop-fill"),
}
STANDING: Mapping[str, Label] = {
    Standing.WAITING: Label(_("À venir"), "low", "clock"),
    Standing.RESERVE: Label(_("En réserve"), "info", "inbox"),
    Standing.HELD: Label(_("Attend votre choix"), "high", "hourglass-split"),
    Standing.PLAYED: Label(_("Joué"), "good", "check2"),
    Standing.SKIPPED: Label(_("Écarté"), "info", "slash-circle"),
}
WHY: Mapping[str, Label] = {
    Why.CHOSEN: Label(_("par l’animation")),
    Why.CONDITION: Label(_("sa condition n’est pas remplie")),
    Why.LATE: Label(_("son heure est passée pendant une interruption")),
    Why.UNDECIDED: Label(_("il dépend d’une décision")),
}
HOW: Mapping[str, Label] = {
    How.DUE: Label(_("à son heure")),
    How.NOW: Label(_("à la main")),
    How.DECIDED: Label(_("après une décision")),
}
VERDICT: Mapping[str, Label] = {
    Verdict.SEEN: Label(_("Vu"), "good", "check-circle"),
    Verdict.PARTIAL: Label(_("En partie"), "medium", "percent"),
    Verdict.MISSED: Label(_("Manqué"), "high", "x-circle"),
}


def mmss(second: float | None) -> str:
    """A second of the exercise clock: 62:05."""
    minutes, rest = divmod(int(second or 0), 60)
    return f"{minutes:02}:{rest:02}"
