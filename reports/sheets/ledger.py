"""Rows and columns over several pages: heads are repeated, a row stays whole when a page holds it, long ones flow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from reports.errors import ReportError
from reports.sheets.flow import Box, fill, height_of, line
from reports.sheets.ink import PALE, SMALLEST
from reports.words import Lang

MOST_PAGES = 400
"""The timeline of the largest kit (500 stimuli) takes about a hundred."""
_PAD = 4.0
_LEAST = 60.0
"""A row begins on a page only if that many points of it fit, when it must be cut anyway."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, and its part of the width."""

    head: str
    part: float


@dataclass(frozen=True, slots=True)
class Row:
    """Cells of flowables, one for each column; at least so many points high."""

    cells: tuple[tuple[Flowable, ...], ...]
    least: float = 0


@dataclass(frozen=True, slots=True)
class Title:
    """A line across all columns, never left alone at the foot of a page."""

    words: str


class Ledger:
    """Pages being filled with tables. `begin(n)` starts the n-th page, from 0, and says where contents stand."""

    def __init__(self, canvas: Canvas, begin: Callable[[int], Box], lang: Lang) -> None:
        self._canvas, self._begin, self._lang = canvas, begin, lang
        self._columns: Sequence[Column] = ()
        self.pages = 0
        self._turn()

    def space(self, points: float) -> None:
        """Leave so much blank."""
        self._top -= points

    @property
    def room(self) -> float:
        """Points left on the page."""
        return self._top - self._box.y

    def flow(self, story: Sequence[Flowable]) -> None:
        """Text across the page, before or between tables."""
        left = list(story)
        while (height := height_of(left, self._box.width)) > self.room:
            fill(Box(self._box.x, self._box.y, self._box.width, self.room), left, self._canvas)
            self._turn()
        fill(Box(self._box.x, self._box.y, self._box.width, self.room), left, self._canvas)
        self._top -= height

    def table(self, columns: Sequence[Column], rows: Sequence[Row | Title]) -> None:
        """One table, below what is there."""
        total = sum(one.part for one in columns)
        self._columns = columns
        self._widths = [self._box.width * one.part / total for one in columns]
        if self.room < self._head_height() + _LEAST:
            self._turn()
        else:
            self._head()
        for rank, row in enumerate(rows):
            if isinstance(row, Title):
                self._title(row, rows[rank + 1 : rank + 2])
            else:
                self._row(row)
        self._columns = ()

    def _turn(self) -> None:
        if self.pages >= MOST_PAGES:
            raise _too_long()
        self._box = self._begin(self.pages)
        self.pages += 1
        self._top = self._box.y + self._box.height
        if self._columns:
            self._head()

    def _heads(self) -> list[Flowable]:
        return [line(one.head, SMALLEST, self._lang, bold=True) for one in self._columns]

    def _head_height(self) -> float:
        if not any(one.head for one in self._columns):
            return 0
        return max(_height([one], width) for one, width in zip(self._heads(), self._widths, strict=True))

    def _head(self) -> None:
        height = self._head_height()
        if height:
            self._cells(tuple((one,) for one in self._heads()), height, shade=True)

    def _title(self, title: Title, after: Sequence[Row | Title]) -> None:
        words = line(title.words, SMALLEST + 2, self._lang, bold=True)
        height = _height([words], self._box.width)
        wanted = [min(self._row_height(one), _LEAST * 2) for one in after if isinstance(one, Row)]
        if self.room < height + sum(wanted):
            self._turn()
        self._canvas.saveState()
        self._canvas.setFillGray(PALE)
        self._canvas.rect(self._box.x, self._top - height, self._box.width, height, stroke=1, fill=1)
        self._canvas.restoreState()
        _draw(self._canvas, [words], self._box.x, self._top, self._box.width)
        self._top -= height

    def _row_height(self, row: Row) -> float:
        heights = [_height(cell, width) for cell, width in zip(row.cells, self._widths, strict=True)]
        return max(row.least, *heights)

    def _row(self, row: Row) -> None:
        height = self._row_height(row)
        if height > self.room and (height <= self._whole() or self.room < _LEAST):
            self._turn()
        if height <= self.room:
            self._cells(row.cells, height)
        else:
            self._cut(row)

    def _whole(self) -> float:
        return self._box.height - self._head_height()

    def _cut(self, row: Row) -> None:
        """A row that no page holds goes on over the next ones."""
        left = [list(cell) for cell in row.cells]
        while True:
            wanted = max(_height(cell, width) for cell, width in zip(left, self._widths, strict=True))
            height = min(wanted, self.room)
            self._grid(height)
            x = self._box.x
            for cell, width in zip(left, self._widths, strict=True):
                box = Box(x + _PAD, self._top - height + _PAD, width - 2 * _PAD, height - 2 * _PAD)
                fill(box, cell, self._canvas)
                x += width
            self._top -= height
            if not any(left):
                return
            self._turn()

    def _cells(self, cells: Sequence[Sequence[Flowable]], height: float, *, shade: bool = False) -> None:
        self._grid(height, shade=shade)
        x = self._box.x
        for cell, width in zip(cells, self._widths, strict=True):
            _draw(self._canvas, cell, x, self._top, width)
            x += width
        self._top -= height

    def _grid(self, height: float, *, shade: bool = False) -> None:
        canvas = self._canvas
        canvas.saveState()
        canvas.setLineWidth(0.6)
        canvas.setFillGray(PALE)
        x = self._box.x
        for width in self._widths:
            canvas.rect(x, self._top - height, width, height, stroke=1, fill=int(shade))
            x += width
        canvas.restoreState()


def _height(cell: Sequence[Flowable], width: float) -> float:
    return height_of(cell, width - 2 * _PAD) + 2 * _PAD


def _draw(canvas: Canvas, cell: Sequence[Flowable], x: float, top: float, width: float) -> None:
    at = top - _PAD
    for one in cell:
        _width, height = one.wrapOn(canvas, width - 2 * _PAD, 100_000)
        one.drawOn(canvas, x + _PAD, at - height)
        at -= height + one.getSpaceAfter()


def _too_long() -> ReportError:
    return ReportError(
        f"Ce document demande plus de {MOST_PAGES} pages ; raccourcissez les textes de l’exercice.",
        f"This document takes more than {MOST_PAGES} pages; shorten the texts of the exercise.",
    )
