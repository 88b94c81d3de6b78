"""What lies on the desk: one stimulus, a form, a confirmation. It is never refreshed while somebody types there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from care.services.exercises.directing import Board
from care.services.exercises.directing_cells import CellLine
from care.services.exercises.directing_stimuli import Fork, ReactionLine, StimulusLine
from care.services.exercises.facilitating import thread_of
from care.services.exercises.playing import Said
from care.web.facilitation.forms import ImpromptuForm, RemarkForm, SayForm, SeenForm, ShiftForm
from care.web.facilitation.view import View
from care.web.forms import Form
from care.web.people import platform, scope

REFRESHED = frozenset({"stimulus", "fork", "end"})
"""What holds no text: it follows what others do."""


@dataclass(frozen=True)
class Desk:
    """What is shown, empty when `what` is. Of the things, one at most is there."""

    what: str = ""
    form: Form | None = None
    stimulus: StimulusLine | None = None
    reaction: ReactionLine | None = None
    question: Said | None = None
    cell: CellLine | None = None
    fork: Fork | None = None
    thread: tuple[Said, ...] = ()


def desk_of(view: View, board: Board, form: Form | None = None) -> Desk:
    """The desk as the address says; `form` holds what was typed already. Empty for what does not exist (any more)."""
    lay = _DESKS.get(view.what)
    return (lay(view, board, form) or Desk()) if lay else Desk()


def _stimulus(view: View, board: Board, _form: Form | None) -> Desk | None:
    found = board.stimulus(view.of)
    return Desk("stimulus", stimulus=found) if found else None


def _reaction(view: View, board: Board, form: Form | None) -> Desk | None:
    parent = board.stimulus(view.of.partition(".")[0])
    found = next((one for one in parent.reactions if one.id == view.of), None) if parent else None
    if found is None:
        return None
    known = {"verdict": found.verdict, "note": found.note} if found.verdict else {}
    return Desk("reaction", form or SeenForm(data={"reaction": found.id, **known}), reaction=found)


def _question(view: View, board: Board, form: Form | None) -> Desk | None:
    """Stays once somebody else has answered, as long as a text waits in it."""
    found = next((one for one in board.questions if str(one.id) == view.of), None)
    if found is None and form is None:
        return None
    return Desk("question", form or SayForm(data={"question": view.of}).of(board), question=found)


def _cell(view: View, board: Board, form: Form | None) -> Desk | None:
    found = board.cell(view.of)
    if found is None:
        return None
    thread = thread_of(platform(), scope(), board.id, found.id)
    return Desk("cell", form or SayForm(data={"cells": [found.id]}).of(board), cell=found, thread=thread)


def _fork(view: View, board: Board, _form: Form | None) -> Desk | None:
    found = next((one for one in board.forks if one.id == view.of), None)
    return Desk("fork", fork=found) if found else None


def _plain(what: str, made: Callable[[Board], Form | None]) -> Callable[[View, Board, Form | None], Desk]:
    return lambda _view, board, form: Desk(what, form or made(board))


_DESKS: Mapping[str, Callable[[View, Board, Form | None], Desk | None]] = {
    "stimulus": _stimulus,
    "reaction": _reaction,
    "question": _question,
    "cell": _cell,
    "fork": _fork,
    "add": _plain("add", lambda board: ImpromptuForm().of(board)),
    "say": _plain("say", lambda board: SayForm().of(board)),
    "note": _plain("note", lambda _board: RemarkForm()),
    "shift": _plain("shift", lambda _board: ShiftForm()),
    "start": _plain("start", lambda _board: None),
    "end": _plain("end", lambda _board: None),
}
