"""Reflex cards: A6, four to an A4 sheet with cut marks, for a pocket or the back of a badge.

A text too long for one card stands closer, then goes on over the next: letters never get smaller.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Spacer

from reports.sheets.flow import Box, heading, line, pour, steps, text
from reports.sheets.ink import BOLD, REGULAR, SMALLEST, blank, fitted, shown, width_of
from reports.sheets.poster import Poster, version_line, word
from reports.words import Lang

_WIDTH, _HEIGHT = A4[0] / 2, A4[1] / 2
_MARGIN = 7 * mm
"""Inside a card: printers leave five millimetres around a sheet, scissors are not exact."""
_BAND = 8 * mm
_GAPS = (0.45, 0.1)
"""Between sections and steps, in letters: as much as can be, the least when it saves a card."""
_MARK = 5 * mm
PER_SHEET = 4


def cards(sheets: Sequence[Poster], lang: Lang) -> bytes:
    """The cards of some degraded modes as a PDF, in order; a single one fills its sheet with copies of itself."""
    canvas, file = blank(A4, _title(sheets, lang), lang)
    table = _Table(canvas)
    for sheet in sheets:
        pages, gap = min((_tried(sheet, lang, gap), -gap) for gap in _GAPS)
        copies = max(1, PER_SHEET // pages) if len(sheets) == 1 else 1
        for _copy in range(copies):
            _lay(sheet, lang, table, pages, -gap)
    table.close()
    canvas.save()
    return file.getvalue()


def _title(sheets: Sequence[Poster], lang: Lang) -> str:
    name = {"fr": "Cartes réflexes", "en": "Reflex cards"}[lang]
    return f"{name} – {sheets[0].title if len(sheets) == 1 else sheets[0].establishment if sheets else ''}"


class _Table:
    """The sheet on the table: where the next card lies, and a new sheet when four are there."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas, self._count = canvas, 0

    def next(self) -> tuple[float, float]:
        """The bottom left corner of the next card."""
        place = self._count % PER_SHEET
        if place == 0:
            if self._count:
                self.canvas.showPage()
            _cut_marks(self.canvas)
        self._count += 1
        return (place % 2) * _WIDTH, (1 - place // 2) * _HEIGHT

    def close(self) -> None:
        """A file without a card still has a page."""
        if not self._count:
            _cut_marks(self.canvas)


def _tried(sheet: Poster, lang: Lang, gap: float) -> int:
    """How many cards it takes, drawn for nobody."""
    return _lay(sheet, lang, _Table(blank(A4, "", lang)[0]), 1, gap)


def _lay(sheet: Poster, lang: Lang, table: _Table, pages: int, gap: float) -> int:
    """Lay the cards of one sheet down; how many they are."""

    def begin(number: int) -> Box:
        x, y = table.next()
        top = _head(table.canvas, sheet, lang, x, y, number)
        bottom = _foot(table.canvas, sheet, lang, x, y, f"{number + 1}/{pages}" if pages > 1 else "")
        return Box(x + _MARGIN, bottom, _WIDTH - 2 * _MARGIN, top - bottom)

    return pour(list(_story(sheet, lang, gap)), table.canvas, begin)


def _story(sheet: Poster, lang: Lang, gap: float) -> Iterator[Flowable]:
    sections = (
        ("when", text(sheet.trigger, SMALLEST, lang)),
        ("steps", steps(sheet.steps, SMALLEST, lang, gap)),
        ("call", text(sheet.who_to_call, SMALLEST, lang)),
        ("kits", text("\n".join(f"- {kit}" for kit in sheet.kits), SMALLEST, lang)),
    )
    for key, flowables in sections:
        if flowables:
            yield heading(word(key, lang), SMALLEST)
            yield from flowables
            yield Spacer(1, SMALLEST * gap)


def _head(canvas: Canvas, sheet: Poster, lang: Lang, x: float, y: float, number: int) -> float:
    """The band with the activity, then the title; returns where the text begins."""
    top = y + _HEIGHT - _MARGIN
    valid = not sheet.warning
    width = _WIDTH - 2 * _MARGIN
    canvas.saveState()
    canvas.setLineWidth(1)
    canvas.setFillGray(0 if valid else 1)
    canvas.rect(x + _MARGIN, top - _BAND, width, _BAND, stroke=1, fill=1)
    canvas.setFillGray(1 if valid else 0)
    canvas.setFont(BOLD, SMALLEST)
    words = shown(sheet.warning or sheet.activity, lang)
    words = fitted(words, BOLD, SMALLEST, width - 5 * mm)
    canvas.drawString(x + _MARGIN + 2.5 * mm, top - _BAND / 2 - SMALLEST * 0.36, words)
    canvas.restoreState()
    title = line(sheet.title, SMALLEST + 3 if not number else SMALLEST, lang, bold=True)
    _width, height = title.wrapOn(canvas, width, _HEIGHT)
    title.drawOn(canvas, x + _MARGIN, top - _BAND - 2.5 * mm - height)
    return top - _BAND - 2.5 * mm - height - 2.5 * mm


def _foot(canvas: Canvas, sheet: Poster, lang: Lang, x: float, y: float, page: str) -> float:
    """The version and the number of the card; returns where the text ends."""
    width = _WIDTH - 2 * _MARGIN
    room = width_of(page, BOLD, SMALLEST) + 3 * mm if page else 0
    bottom = y + _MARGIN
    canvas.saveState()
    canvas.setFillGray(0)
    canvas.setFont(REGULAR, SMALLEST)
    said = shown(version_line(sheet, lang, short=True), lang)
    canvas.drawString(x + _MARGIN, bottom, fitted(said, REGULAR, SMALLEST, width - room))
    canvas.setFont(BOLD, SMALLEST)
    canvas.drawRightString(x + _WIDTH - _MARGIN, bottom, page)
    canvas.setLineWidth(0.6)
    canvas.line(x + _MARGIN, bottom + 4.6 * mm, x + _WIDTH - _MARGIN, bottom + 4.6 * mm)
    canvas.restoreState()
    return bottom + 6.5 * mm


def _cut_marks(canvas: Canvas) -> None:
    """Short lines at the edges and a cross in the middle: where to cut."""
    width, height = A4
    canvas.saveState()
    canvas.setLineWidth(0.4)
    for x1, y1, x2, y2 in (
        (_WIDTH, height, _WIDTH, height - _MARK),
        (_WIDTH, 0, _WIDTH, _MARK),
        (0, _HEIGHT, _MARK, _HEIGHT),
        (width, _HEIGHT, width - _MARK, _HEIGHT),
        (_WIDTH - _MARK, _HEIGHT, _WIDTH + _MARK, _HEIGHT),
        (_WIDTH, _HEIGHT - _MARK, _WIDTH, _HEIGHT + _MARK),
    ):
        canvas.line(x1, y1, x2, y2)
    canvas.setDash(1, 3)
    canvas.line(_WIDTH, 0, _WIDTH, height)
    canvas.line(0, _HEIGHT, width, _HEIGHT)
    canvas.restoreState()
