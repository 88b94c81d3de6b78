"""The poster of a degraded mode, A4 or A3: pinned to a wall, read at two metres by someone in a hurry.

Black on white, so that any photocopier serves. Its texts are 16 points at least: a long sheet goes on over the page
rather than in smaller letters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import zip_longest

from reportlab.lib.pagesizes import A3, A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, Spacer, Table

from reports.degraded_mode import DegradedMode
from reports.sheets.flow import Box, heading, height_of, line, pour, steps, text
from reports.sheets.ink import BOLD, PALE, REGULAR, SMALLEST, blank, fitted, shown, style, width_of
from reports.words import Lang, day

SMALLEST_POSTER = 16.0


class Size(StrEnum):
    """The paper of a poster."""

    A4 = "a4"
    A3 = "a3"


@dataclass(frozen=True, slots=True)
class Poster(DegradedMode):
    """A version of a degraded mode as it is pinned up.

    `replaces` names what it makes up for, "" for any digital loss. `kits` are where paper lies ready. `in_force_on`
    None marks a version that does not apply: then `warning` says so, in capitals.
    """

    establishment: str = ""
    replaces: str = ""
    kits: tuple[str, ...] = ()
    number: int = 1
    in_force_on: date | None = None
    review_on: date | None = None
    owner: str = ""
    warning: str = ""


_WORDS: dict[str, dict[Lang, str]] = {
    "mode": {"fr": "MODE DÉGRADÉ", "en": "DEGRADED MODE"},
    "when": {"fr": "QUAND L’APPLIQUER", "en": "WHEN TO APPLY IT"},
    "steps": {"fr": "QUE FAIRE", "en": "WHAT TO DO"},
    "limits": {"fr": "LIMITES", "en": "LIMITS"},
    "back": {"fr": "RETOUR À LA NORMALE", "en": "BACK TO NORMAL"},
    "call": {"fr": "QUI APPELER", "en": "WHO TO CALL"},
    "kits": {"fr": "KIT PAPIER", "en": "PAPER KIT"},
    "holds": {"fr": "tient", "en": "holds"},
    "capacity": {"fr": "d’activité gardée", "en": "of activity kept"},
    "replaces": {"fr": "Remplace : ", "en": "Makes up for: "},
    "version": {"fr": "Version", "en": "Version"},
    "since": {"fr": "en vigueur depuis le", "en": "in force since"},
    "review": {"fr": "à relire avant le", "en": "to be read again before"},
    "owner": {"fr": "responsable", "en": "owner"},
}
_MOST_FRAMED = 25
"""Height of what is framed or set in columns at most, in letters: about half a page."""
_PAPERS = {Size.A4: A4, Size.A3: A3}
_SIZES = {
    Size.A4: (20.0, 19.0, 18.0, 17.0, SMALLEST_POSTER),
    Size.A3: (28.0, 26.0, 24.0, 22.0, 20.0, 19.0, 18.0, 17.0, SMALLEST_POSTER),
}
"""Sizes of text to try, in points, until all stands on one page; the last one serves for several."""


def word(key: str, lang: Lang) -> str:
    """The words that every sheet of a degraded mode shares."""
    return _WORDS[key][lang]


def poster(sheet: Poster, size: Size, lang: Lang) -> bytes:
    """The poster as a PDF: one page when its texts allow it, as many as it takes otherwise."""
    *larger, smallest = _SIZES[size]
    pages, document = _draw(sheet, size, lang, smallest, 1)
    if pages > 1:  # page numbers take room: what they number is counted with them
        pages = _draw(sheet, size, lang, smallest, pages)[0]
        return _draw(sheet, size, lang, smallest, pages)[1]
    for points in larger:
        pages, found = _draw(sheet, size, lang, points, 1)
        if pages == 1:
            return found
    return document


def _draw(sheet: Poster, size: Size, lang: Lang, points: float, pages: int) -> tuple[int, bytes]:
    """The number of pages and the file, with letters of `points`."""
    paper = _PAPERS[size]
    canvas, file = blank(paper, f"{sheet.title} – {sheet.activity}", lang)
    page = _Page(canvas, paper, sheet, lang, points, pages)
    count = pour(list(_story(sheet, lang, points, page.width)), canvas, page.begin)
    canvas.save()
    return count, file.getvalue()


class _Page:
    """What stands around the text of each page."""

    def __init__(
        self, canvas: Canvas, paper: tuple[float, float], sheet: Poster, lang: Lang, points: float, pages: int
    ) -> None:
        self._canvas, self._sheet, self._lang, self._pages = canvas, sheet, lang, pages
        self._paper = paper
        self._margin = paper[0] * 0.06
        self._scale = paper[0] / A4[0]
        self._points = points
        self.width = paper[0] - 2 * self._margin

    def begin(self, number: int) -> Box:
        """Draw head and foot of a page, and say where its text stands."""
        if number:
            self._canvas.showPage()
        top = self._head(number)
        bottom = self._foot(number)
        return Box(self._margin, bottom, self.width, top - bottom)

    def _head(self, number: int) -> float:
        """The band, then what the sheet is about; returns where the text begins."""
        canvas, scale = self._canvas, self._scale
        height = 17 * mm * scale
        edge = self._paper[1] - self._margin * 0.7
        self._band(edge - height, height)
        top = edge - height - 7 * mm * scale
        names = [line(self._sheet.activity, 15 * scale, self._lang), self._title(number)]
        for one in names:
            _width, high = one.wrapOn(canvas, self.width, self._paper[1])
            one.drawOn(canvas, self._margin, top - high)
            top -= high + 1.5 * mm * scale
        return top - 3 * mm * scale

    def _title(self, number: int) -> Flowable:
        """Large on the first page, one line or two; smaller when it is long."""
        words = shown(self._sheet.title, self._lang)
        size = 32 * self._scale
        if number or width_of(words, BOLD, size) > 1.8 * self.width:
            size = 20 * self._scale
        return line(self._sheet.title, size, self._lang, bold=True)

    def _band(self, bottom: float, height: float) -> None:
        """White on black for a sheet in force; black on white, framed, for one that must not be pinned up."""
        canvas, scale = self._canvas, self._scale
        valid = not self._sheet.warning
        canvas.saveState()
        canvas.setLineWidth(2 * scale)
        canvas.setFillGray(0 if valid else 1)
        canvas.rect(self._margin, bottom, self.width, height, stroke=1, fill=1)
        canvas.setFillGray(1 if valid else 0)
        words = word("mode", self._lang) if valid else shown(self._sheet.warning, self._lang)
        size, pad = 20 * scale, 5 * mm * scale
        words = fitted(words, BOLD, size, self.width * 0.6)
        canvas.setFont(BOLD, size)
        canvas.drawString(self._margin + pad, bottom + height / 2 - size * 0.36, words)
        left = self.width - 3 * pad - width_of(words, BOLD, size)
        small = 13 * scale
        name = fitted(shown(self._sheet.establishment, self._lang), REGULAR, small, left)
        canvas.setFont(REGULAR, small)
        canvas.drawRightString(self._margin + self.width - pad, bottom + height / 2 - small * 0.36, name)
        canvas.restoreState()

    def _foot(self, number: int) -> float:
        """Which version this is, and which page; returns where the text ends."""
        canvas, scale = self._canvas, self._scale
        size = SMALLEST * (1.15 if scale > 1 else 1)
        said = line(version_line(self._sheet, self._lang), size, self._lang)
        page = f"{number + 1} / {self._pages}" if self._pages > 1 else ""
        room = width_of(page, BOLD, size) + 6 * mm if page else 0
        _width, height = said.wrapOn(canvas, self.width - room, self._paper[1])
        bottom = self._margin * 0.7
        said.drawOn(canvas, self._margin, bottom)
        canvas.saveState()
        canvas.setFillGray(0)
        canvas.setFont(BOLD, size)
        canvas.drawRightString(self._margin + self.width, bottom + size * 0.3, page)
        canvas.setLineWidth(1.2 * scale)
        rule = bottom + height + 2.5 * mm * scale
        canvas.line(self._margin, rule, self._margin + self.width, rule)
        canvas.restoreState()
        return rule + 3 * mm * scale


def version_line(sheet: Poster, lang: Lang, *, short: bool = False) -> str:
    """Which version a paper shows, since when, until when, in whose care; `short` for what is small."""
    parts = [f"{word('version', lang)} {sheet.number}"]
    if short:
        return " · ".join([*parts, day(sheet.in_force_on, lang)] if sheet.in_force_on else parts)
    if sheet.in_force_on and not sheet.warning:
        parts.append(f"{word('since', lang)} {day(sheet.in_force_on, lang)}")
    if sheet.review_on and not sheet.warning:
        parts.append(f"{word('review', lang)} {day(sheet.review_on, lang)}")
    if sheet.owner:
        parts.append(f"{word('owner', lang)}{' : ' if lang == 'fr' else ': '}{sheet.owner}")
    return " · ".join(parts)


def _story(sheet: Poster, lang: Lang, points: float, width: float) -> Iterator[Flowable]:
    yield from _when(sheet, lang, points, width)
    yield Spacer(1, points * 0.7)
    yield from _figures(sheet, lang, points, width)
    yield heading(word("steps", lang), points)
    yield Spacer(1, points * 0.2)
    yield from steps(sheet.steps, points, lang)
    yield Spacer(1, points * 0.5)
    yield from _sections(sheet, lang, points, width)


def _when(sheet: Poster, lang: Lang, points: float, width: float) -> Iterator[Flowable]:
    """The trigger, which decides whether this is the right sheet: in a frame unless it is very long."""
    said = [heading(word("when", lang), points), *text(sheet.trigger, points, lang)]
    if height_of(said, width) > _MOST_FRAMED * points:
        yield from said
    else:
        yield _framed(said, points, width)


def _framed(said: Sequence[Flowable], points: float, width: float) -> Table:
    rows: list[list[Flowable]] = [[one] for one in said if not isinstance(one, Spacer)]
    pad = points * 0.6
    table = Table(rows, colWidths=[width], splitByRow=1, splitInRow=1)
    table.setStyle(
        [
            ("BOX", (0, 0), (-1, -1), 2.4, (0, 0, 0)),
            ("BACKGROUND", (0, 0), (-1, -1), (PALE, PALE, PALE)),
            ("LEFTPADDING", (0, 0), (-1, -1), pad),
            ("RIGHTPADDING", (0, 0), (-1, -1), pad),
            ("TOPPADDING", (0, 0), (-1, -1), points * 0.15),
            ("BOTTOMPADDING", (0, 0), (-1, -1), points * 0.15),
            ("TOPPADDING", (0, 0), (-1, 0), pad * 0.8),
            ("BOTTOMPADDING", (0, -1), (-1, -1), pad * 0.8),
        ]
    )
    return table


def _figures(sheet: Poster, lang: Lang, points: float, width: float) -> Iterator[Flowable]:
    """How long it holds, how much it keeps, what it makes up for."""
    said = []
    if sheet.holds:
        said.append(f"{word('holds', lang).capitalize()} <b>{shown(sheet.holds, lang)}</b>")
    if sheet.capacity:
        said.append(f"<b>{shown(sheet.capacity, lang)}</b> {word('capacity', lang)}")
    if said:
        yield _marked("&nbsp;&nbsp;·&nbsp;&nbsp;".join(said), points)
    if sheet.replaces:
        yield line(word("replaces", lang) + sheet.replaces, points, lang)
    if said or sheet.replaces:
        yield Spacer(1, points * 0.6)


def _marked(markup: str, points: float) -> Flowable:
    return Paragraph(markup, style(points))


def _sections(sheet: Poster, lang: Lang, points: float, width: float) -> Iterator[Flowable]:
    """The other sections: in two columns when they are short, one after the other when they are long."""
    kits = "\n".join(f"- {kit}" for kit in sheet.kits)
    texts = (("call", sheet.who_to_call), ("kits", kits), ("limits", sheet.limits), ("back", sheet.back_to_normal))
    filled = [(key, source) for key, source in texts if source.strip()]
    column = (width - points * 1.2) / 2
    built = [[heading(word(key, lang), points), *text(source, points, lang)] for key, source in filled]
    if len(built) > 1 and all(height_of(one, column) < points * _MOST_FRAMED for one in built):
        yield from _two_columns(built, points, width)
        return
    for one in built:
        yield from one
        yield Spacer(1, points * 0.5)


def _two_columns(built: Sequence[list[Flowable]], points: float, width: float) -> Iterator[Flowable]:
    rows = list(zip_longest(built[::2], built[1::2], fillvalue=[Spacer(1, 1)]))
    table = Table([list(row) for row in rows], colWidths=[width / 2] * 2)
    pad = points * 0.6
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("LEFTPADDING", (1, 0), (1, -1), pad),
            ("RIGHTPADDING", (0, 0), (0, -1), pad),
            ("RIGHTPADDING", (1, 0), (1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), pad * 0.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), pad * 0.5),
            ("LINEABOVE", (0, 0), (-1, -1), 0.8, (0, 0, 0)),
            ("LINEAFTER", (0, 0), (0, -1), 0.8, (0, 0, 0)),
        ]
    )
    yield table
