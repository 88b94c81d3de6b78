"""What of the board this person looks at: it travels in the address and in every form, so that nothing moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from flask import request, url_for

from care.services.exercises.directing import Board
from care.services.exercises.directing_stimuli import ReactionLine, StimulusLine
from care.services.exercises.playing import Said
from exercises.state import PENDING


class Show(StrEnum):
    """Which stimuli are listed."""

    COMING = "coming"
    PAST = "past"
    ALL = "all"


@dataclass(frozen=True)
class View:
    """`cell` narrows everything but choices to one cell; `open` says what lies on the desk: `stimulus-S05`, `note`."""

    establishment_id: int
    exercise_id: int
    show: Show = Show.COMING
    cell: str = ""
    open: str = ""

    @property
    def what(self) -> str:
        """The kind of thing on the desk."""
        return self.open.partition("-")[0]

    @property
    def of(self) -> str:
        """Its id."""
        return self.open.partition("-")[2]

    @property
    def address(self) -> str:
        """The page with an empty desk, ready for one more parameter."""
        here = replace(self, open="").to("facilitation.board")
        return f"{here}{'&' if '?' in here else '?'}"

    def to(self, endpoint: str, **values: str) -> str:
        """An address that keeps what is looked at."""
        kept = {"cell": self.cell, "open": self.open, "show": "" if self.show is Show.COMING else self.show.value}
        asked: dict[str, Any] = {name: value for name, value in kept.items() if value}
        return url_for(
            endpoint, establishment_id=self.establishment_id, exercise_id=self.exercise_id, **(values | asked)
        )

    def do(self, command: str) -> str:
        """Where a command is sent."""
        return self.to("facilitation.command", command=command)

    def lines(self, board: Board) -> list[StimulusLine]:
        """The stimuli of the timeline that are listed."""
        found = [one for one in board.timeline if not self.cell or self.cell in one.cells]
        if self.show is Show.ALL:
            return found
        return [one for one in found if (one.standing in PENDING) == (self.show is Show.COMING)]

    def to_tell(self, board: Board) -> list[StimulusLine]:
        """What is to be said."""
        return [one for one in board.to_tell if not self.cell or self.cell in one.cells]

    def questions(self, board: Board) -> list[Said]:
        """The questions without an answer."""
        return [one for one in board.questions if not self.cell or self.cell == one.cell]

    def awaited(self, board: Board) -> list[ReactionLine]:
        """The reactions waited for."""
        return [one for one in board.awaited if not self.cell or self.cell == one.cell]


def asked_view(establishment_id: int, exercise_id: int) -> View:
    """What the address or the form asks for; what makes no sense is left out."""
    show, cell, opened = (request.form.get(name, request.args.get(name, "")) for name in ("show", "cell", "open"))
    known = show in {one.value for one in Show}
    return View(establishment_id, exercise_id, Show(show) if known else Show.COMING, cell[:40], opened[:60])
