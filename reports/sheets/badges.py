"""The ways into an exercise on paper: badges to cut and pin on, and a sign to stand on the table of each cell.

A QR leads a phone to the seat; who has none types the address, the code and the PIN, in letters nobody mixes up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from reports.sheets.exercise_paper import (
    A4_ACROSS,
    MARGIN,
    Frame,
    PaperExercise,
    band,
    pages_of,
)
from reports.sheets.flow import line
from reports.sheets.ink import BOLD, REGULAR, SMALLEST, fitted, shown, width_of
from reports.words import Lang

PER_SHEET = 8
_WIDTH, _HEIGHT = A4[0] / 2, A4[1] / 4
_EDGE = 6 * mm
_BAND = 7.5 * mm
_QR = 36 * mm
"""Wide enough for an old phone at arm's length: 41 modules of 0.85 mm and their quiet zone."""
_SIGN_QR = 88 * mm

_WORDS: dict[str, dict[Lang, str]] = {
    "badges": {"fr": "Badges", "en": "Badges"},
    "signs": {"fr": "Chevalets de table", "en": "Table signs"},
    "code": {"fr": "Code", "en": "Code"},
    "pin": {"fr": "PIN", "en": "PIN"},
    "name": {"fr": "Nom", "en": "Name"},
    "function": {"fr": "Fonction", "en": "Position"},
    "scan": {"fr": "Visez ce carré avec un téléphone,", "en": "Point a phone at this square,"},
    "trust": {"fr": "Page refusée ?", "en": "Page refused?"},
    "type": {"fr": "ou tapez l’adresse, le code et le PIN.", "en": "or type the address, the code and the PIN."},
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way in. `link` goes into the QR; `address` is what people type who cannot read it. `mission` may be empty.
    `copies` of its badge are wanted. `trust` is where a phone that refuses the page comes to trust the server."""

    name: str
    code: str
    pin: str
    link: str
    address: str
    mission: str = ""
    copies: int = PER_SHEET
    trust: str = ""


def badges(exercise: PaperExercise, ways: Sequence[Way]) -> bytes:
    """The badges of each way in, eight to an A4 sheet, a new sheet for each way."""
    lang = exercise.lang

    def draw(canvas: Canvas, _pages: int) -> int:
        pages = 0
        for way in ways:
            for rank in range(way.copies):
                if rank % PER_SHEET == 0:
                    if pages:
                        canvas.showPage()
                    pages += 1
                    _cut_lines(canvas)
                place = rank % PER_SHEET
                _badge(canvas, way, exercise, (place % 2) * _WIDTH, (3 - place // 2) * _HEIGHT)
        return pages

    return pages_of(A4, _WORDS["badges"][lang], exercise, draw)


def _badge(canvas: Canvas, way: Way, exercise: PaperExercise, x: float, y: float) -> None:
    lang = exercise.lang
    left, width = x + _EDGE, _WIDTH - 2 * _EDGE
    top = y + _HEIGHT - _EDGE - _BAND
    band(canvas, (left, top, width, _BAND), "", lang, 12)
    canvas.saveState()
    canvas.setFillGray(0)
    low = y + _EDGE
    qr(canvas, way.link, left + width - _QR, top - _QR - 1 * mm, _QR)
    column = width - _QR - 3 * mm
    at = _named(canvas, way.name, lang, (left, top - 1.5 * mm), column)
    at -= 5.5 * mm
    for key, said in (("code", way.code), ("pin", way.pin)):
        _labelled(canvas, _WORDS[key][lang], said, left, at)
        at -= 6 * mm
    canvas.setFont(REGULAR, SMALLEST)
    canvas.drawString(left, at - 1 * mm, fitted(shown(exercise.title, lang), REGULAR, SMALLEST, column))
    foot = [f"{_WORDS['trust'][lang]} {way.trust}", way.address] if way.trust else [way.address]
    blanks, apart = (9 * mm, 5.6 * mm) if way.trust else (5.2 * mm, 7 * mm)
    for rank, key in enumerate(("function", "name")):
        _blank(canvas, _WORDS[key][lang], left, low + blanks + rank * apart, width)
    canvas.setFont(REGULAR, SMALLEST)
    for rank, text in enumerate(foot):
        canvas.drawString(left, low + rank * 4.4 * mm, fitted(shown(text, lang), REGULAR, SMALLEST, width))
    canvas.restoreState()


def _named(canvas: Canvas, name: str, lang: Lang, corner: tuple[float, float], width: float) -> float:
    """The cell in bold on three lines at most; where the next thing stands."""
    for size in (15.0, 13.0, SMALLEST):
        said = line(name, size, lang, bold=True)
        _width, height = said.wrapOn(canvas, width, _HEIGHT)
        if height <= 17 * mm:
            break
    else:
        said = line(fitted(shown(name, lang), BOLD, SMALLEST, 2.6 * width), SMALLEST, lang, bold=True)
        _width, height = said.wrapOn(canvas, width, _HEIGHT)
    said.drawOn(canvas, corner[0], corner[1] - height)
    return corner[1] - height


def _labelled(canvas: Canvas, label: str, said: str, x: float, y: float) -> None:
    canvas.setFont(REGULAR, SMALLEST)
    canvas.drawString(x, y, label)
    canvas.setFont(BOLD, 15)
    canvas.drawString(x + 11 * mm, y, spaced(said))


def spaced(said: str) -> str:
    """A code in two groups, as it is read aloud: `4F7 K2P`."""
    middle = (len(said) + 1) // 2
    return f"{said[:middle]} {said[middle:]}".strip()


def _blank(canvas: Canvas, label: str, x: float, y: float, width: float) -> None:
    canvas.setFont(REGULAR, SMALLEST)
    canvas.drawString(x, y, label)
    begin = x + width_of(label, REGULAR, SMALLEST) + 2 * mm
    canvas.setLineWidth(0.5)
    canvas.line(begin, y - 1, x + width, y - 1)


def _cut_lines(canvas: Canvas) -> None:
    canvas.saveState()
    canvas.setLineWidth(0.4)
    canvas.setDash(2, 3)
    canvas.line(_WIDTH, 0, _WIDTH, A4[1])
    for rank in range(1, 4):
        canvas.line(0, rank * _HEIGHT, A4[0], rank * _HEIGHT)
    canvas.restoreState()


def qr(canvas: Canvas, link: str, x: float, y: float, side: float) -> None:
    """A QR with its quiet zone, black on white, in a square at x, y.

    Correction level M: a stain of 15 % does not hurt. Runs of dark modules are one rectangle: no hairlines in print.
    """
    matrix = list(segno.make(link, error="m", micro=False, boost_error=False).matrix_iter(border=4))
    module = side / len(matrix)
    canvas.saveState()
    canvas.setFillGray(0)
    for rank, row in enumerate(matrix):
        start = None
        for column, dark in enumerate([*row, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                bottom = y + side - (rank + 1) * module
                canvas.rect(x + start * module, bottom, (column - start) * module, module, stroke=0, fill=1)
                start = None
    canvas.restoreState()


def table_signs(exercise: PaperExercise, ways: Sequence[Way]) -> bytes:
    """An A4 sheet across for each way in, to stand on a table: who sits here, and how to join."""
    lang = exercise.lang
    name = _WORDS["signs"][lang]

    def draw(canvas: Canvas, pages: int) -> int:
        frame = Frame(canvas, A4_ACROSS, name, exercise, pages)
        for rank, way in enumerate(ways):
            box = frame.begin(rank)
            _sign(canvas, way, lang, box.y + box.height)
        return len(ways)

    return pages_of(A4_ACROSS, name, exercise, draw)


def _sign(canvas: Canvas, way: Way, lang: Lang, top: float) -> None:
    left, width = MARGIN + 4 * mm, A4_ACROSS[0] - 2 * MARGIN - 8 * mm
    column = width - _SIGN_QR - 8 * mm
    qr(canvas, way.link, left + width - _SIGN_QR, top - _SIGN_QR - 8 * mm, _SIGN_QR)
    low = MARGIN + 14 * mm
    said = _told(way, lang, column, top - 8 * mm - low - 44 * mm)
    at = top - 8 * mm
    for one in said:
        _width, height = one.wrapOn(canvas, column, 1000)
        one.drawOn(canvas, left, at - height)
        at -= height + 4 * mm
    _ways_in(canvas, way, lang, left, low, width)


def _told(way: Way, lang: Lang, width: float, room: float) -> list[Paragraph]:
    """The name and the mission, as large as the room between the head and the codes allows."""
    for name, mission in ((44.0, 16.0), (36.0, 15.0), (28.0, 13.0), (20.0, SMALLEST)):
        said = [line(way.name, name, lang, bold=True)]
        if way.mission:
            said.append(line(way.mission, mission, lang))
        if sum(one.wrap(width, 1000)[1] + 4 * mm for one in said) <= room:
            break
    return said


def _ways_in(canvas: Canvas, way: Way, lang: Lang, left: float, low: float, width: float) -> None:
    """Code and PIN as large as they can be read across a table, the address below."""
    canvas.saveState()
    canvas.setFillGray(0)
    canvas.setFont(REGULAR, 15)
    canvas.drawString(left, low + 34 * mm, f"{_WORDS['scan'][lang]} {_WORDS['type'][lang]}")
    at = left
    for key, said in (("code", way.code), ("pin", way.pin)):
        canvas.setFont(REGULAR, 18)
        canvas.drawString(at, low + 15 * mm, _WORDS[key][lang])
        at += width_of(_WORDS[key][lang], REGULAR, 18) + 5 * mm
        canvas.setFont(BOLD, 44)
        canvas.drawString(at, low + 15 * mm, spaced(said))
        at += width_of(spaced(said), BOLD, 44) + 12 * mm
    canvas.setFont(BOLD, 20)
    canvas.drawString(left, low, fitted(shown(way.address, lang), BOLD, 20, width))
    canvas.restoreState()
