"""What every paper of a crisis exercise shares: its read-models, the banner on top, what it is and which page below.

Exercises are played in rooms whose network is down: paper must suffice, in black and white, read at arm’s length.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from reportlab.lib.pagesizes import A3, A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from reports.sheets.flow import Box
from reports.sheets.ink import BOLD, REGULAR, SMALLEST, blank, fitted, shown, width_of
from reports.words import Lang, day

BANNER = "EXERCICE EXERCICE EXERCICE"
"""On every paper, in whatever language it is: who finds one on a desk must know."""
A4_ACROSS: tuple[float, float] = landscape(A4)
A3_ACROSS: tuple[float, float] = landscape(A3)
MARGIN = 10 * mm
_BAND = 9 * mm
_FOOT = 7 * mm


class Channel(StrEnum):
    """How a stimulus reaches people; same values as `exercises.kit.Channel`."""

    MAIL = "mail"
    PHONE = "phone"
    SMS = "sms"
    SCREEN = "screen"
    PAPER = "paper"
    FACE = "face"
    PRESS = "press"


ACTED = frozenset({Channel.PHONE, Channel.FACE})
"""Channels that a facilitator plays: nothing is handed out."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """What players should do within so many minutes of a stimulus; `cell` is where observers look."""

    text: str
    within: int
    cell: str


@dataclass(frozen=True, slots=True)
class Stimulus:
    """One stimulus, in the words of the establishment. `minute` of the exercise clock, None for a reserve; `clock` the
    hour at which it is planned (`14:12`), empty when nobody can say. `channel_name` and
    `conditions` are words, `body` is Markdown."""

    id: str
    minute: int | None
    clock: str
    sender: str
    cells: tuple[str, ...]
    channel: Channel
    channel_name: str
    title: str
    body: str
    attachments: tuple[str, ...] = ()
    hint: str = ""
    reactions: tuple[Reaction, ...] = ()
    conditions: tuple[str, ...] = ()
    mandatory: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """A chapter of the exercise and its stimuli, in the order of their time."""

    title: str
    minute: int
    clock: str
    stimuli: tuple[Stimulus, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """A fork that the facilitator settles; each option with the stimuli it releases."""

    question: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """A line of the observation grid; `cell` empty for every cell."""

    text: str
    objective: str
    cell: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A group of players."""

    name: str
    mission: str


@dataclass(frozen=True, slots=True)
class PaperExercise:
    """An exercise as its papers tell it, all in one language: that of its players. `when` is day and hour, in words."""

    lang: Lang
    establishment: str
    title: str
    when: str
    place: str = ""
    director: str = ""
    cells: tuple[Cell, ...] = ()
    phases: tuple[Phase, ...] = ()
    reserve: tuple[Stimulus, ...] = ()
    decisions: tuple[Decision, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    printed_on: date | None = None

    @property
    def stimuli(self) -> tuple[Stimulus, ...]:
        """Those of the timeline, then those in reserve."""
        return (*(one for phase in self.phases for one in phase.stimuli), *self.reserve)


def receivers(one: Stimulus, exercise: PaperExercise) -> str:
    """Whom a stimulus reaches, in words."""
    if len(one.cells) == len(exercise.cells) > 1:
        return _WORDS["all"][exercise.lang]
    return ", ".join(one.cells)


_WORDS: dict[str, dict[Lang, str]] = {
    "all": {"fr": "Toutes les cellules", "en": "Every cell"},
    "printed": {"fr": "imprimé le", "en": "printed on"},
    "page": {"fr": "Page", "en": "Page"},
}


def pages_of(
    paper: tuple[float, float], name: str, exercise: PaperExercise, draw: Callable[[Canvas, int], int]
) -> bytes:
    """The document that `draw(canvas, pages)` makes, drawn twice: the first time counts its pages."""
    lang = exercise.lang
    title = f"{name} – {exercise.title}"
    pages = draw(blank(paper, title, lang)[0], 1)
    canvas, file = blank(paper, title, lang)
    draw(canvas, pages)
    canvas.save()
    return file.getvalue()


class Frame:
    """What stands around each page: the banner and the name of the paper, the exercise and the page number."""

    def __init__(
        self, canvas: Canvas, paper: tuple[float, float], name: str, exercise: PaperExercise, pages: int
    ) -> None:
        self.canvas, self.paper, self.exercise = canvas, paper, exercise
        self._name, self._pages = name, pages
        self.width = paper[0] - 2 * MARGIN

    def begin(self, number: int) -> Box:
        """Draw head and foot of the page of that number, from 0; where its contents stand."""
        if number:
            self.canvas.showPage()
        top = self.paper[1] - MARGIN - _BAND
        band(self.canvas, (MARGIN, top, self.width, _BAND), self._name, self.exercise.lang)
        self._foot(number)
        bottom = MARGIN + _FOOT
        return Box(MARGIN, bottom, self.width, top - bottom - 3 * mm)

    def _foot(self, number: int) -> None:
        canvas, lang = self.canvas, self.exercise.lang
        page = f"{_WORDS['page'][lang]} {number + 1}/{self._pages}"
        room = self.width - width_of(page, BOLD, SMALLEST) - 6 * mm
        canvas.saveState()
        canvas.setFillGray(0)
        canvas.setFont(BOLD, SMALLEST)
        canvas.drawRightString(self.paper[0] - MARGIN, MARGIN, page)
        canvas.setFont(REGULAR, SMALLEST)
        canvas.drawString(MARGIN, MARGIN, fitted(shown(what(self.exercise), lang), REGULAR, SMALLEST, room))
        canvas.setLineWidth(0.6)
        canvas.line(MARGIN, MARGIN + 4.6 * mm, self.paper[0] - MARGIN, MARGIN + 4.6 * mm)
        canvas.restoreState()


def what(exercise: PaperExercise, *, dated: bool = True) -> str:
    """The exercise on one line: title, hospital, day, and when it was printed if there is room."""
    parts = [exercise.title, exercise.establishment, exercise.when]
    if exercise.printed_on and dated:
        parts.append(f"{_WORDS['printed'][exercise.lang]} {day(exercise.printed_on, exercise.lang)}")
    return " · ".join(part for part in parts if part)


def band(canvas: Canvas, place: tuple[float, float, float, float], name: str, lang: Lang, size: float = 13.0) -> None:
    """The banner, white on black, and what the paper is, at x, y, width and height."""
    x, y, width, height = place
    canvas.saveState()
    canvas.setFillGray(0)
    canvas.rect(x, y, width, height, stroke=0, fill=1)
    canvas.setFillGray(1)
    canvas.setFont(BOLD, size)
    middle = y + height / 2
    canvas.drawString(x + 3 * mm, middle - size * 0.36, BANNER)
    left = width - 6 * mm - width_of(BANNER, BOLD, size) - 8 * mm
    small = max(SMALLEST, size - 1)
    canvas.setFont(REGULAR, small)
    canvas.drawRightString(x + width - 3 * mm, middle - small * 0.36, fitted(shown(name, lang), REGULAR, small, left))
    canvas.restoreState()
