"""The label of a paper kit: half an A4 to stick on the box, the list of what it holds, and the checks made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, Spacer, Table

from reports.markdown import Items, blocks
from reports.sheets.flow import Box, heading, line, pour, text
from reports.sheets.ink import BOLD, REGULAR, SMALLEST, blank, fitted, marked, shown, style
from reports.words import Lang, day

_MARGIN = 14 * mm
_HALF = A4[1] / 2
_BODY = 13.0
_BOX = "□"
_HEAD, _ROW = 8 * mm, 9 * mm
_FEWEST, _MOST = 6, 24
"""Checks that may be noted by hand."""


@dataclass(frozen=True, slots=True)
class KitLabel:
    """A kit as it is labelled, in the reader's language; `contents` is Markdown, `rhythm` and `autonomy` are words."""

    establishment: str
    activity: str
    name: str
    place: str
    owner: str
    contents: str
    rhythm: str
    autonomy: str = ""
    printed_on: date | None = None


_WORDS: dict[str, dict[Lang, str]] = {
    "kit": {"fr": "KIT PAPIER", "en": "PAPER KIT"},
    "place": {"fr": "Lieu", "en": "Place"},
    "owner": {"fr": "Responsable", "en": "Owner"},
    "check": {"fr": "Vérification", "en": "Check"},
    "autonomy": {"fr": "Autonomie", "en": "Lasts"},
    "contents": {"fr": "CE QU’IL CONTIENT", "en": "WHAT IT HOLDS"},
    "checks": {"fr": "VÉRIFICATIONS", "en": "CHECKS"},
    "on": {"fr": "Date", "en": "Date"},
    "who": {"fr": "Nom", "en": "Name"},
    "complete": {"fr": "Complet", "en": "Complete"},
    "missing": {"fr": "Ce qui manque", "en": "What is missing"},
    "printed": {"fr": "Imprimé le", "en": "Printed on"},
    "cut": {"fr": "À découper et à coller sur la boîte", "en": "Cut here and stick on the box"},
}


def kit_label(kit: KitLabel, lang: Lang) -> bytes:
    """The label as a PDF: one page, more when the list of contents is long."""
    canvas, file = blank(A4, f"{kit.name} – {kit.activity}", lang)
    width = A4[0] - 2 * _MARGIN

    def begin(number: int) -> Box:
        if number:
            canvas.showPage()
            _foot(canvas, kit, lang)
            return Box(_MARGIN, _MARGIN + 8 * mm, width, A4[1] - 2 * _MARGIN - 8 * mm)
        _label(canvas, kit, lang, width)
        _foot(canvas, kit, lang)
        return Box(_MARGIN, _MARGIN + 8 * mm, width, _HALF - _MARGIN - 16 * mm)

    pour(list(_story(kit, lang)), canvas, begin)
    canvas.save()
    return file.getvalue()


def _label(canvas: Canvas, kit: KitLabel, lang: Lang, width: float) -> None:
    """The upper half: everything shrinks together until it fits, since it is read from afar and cut out."""
    room = _HALF - _MARGIN - 24 * mm
    for points in (34.0, 30.0, 26.0, 22.0, 19.0, 16.0, 13.5, SMALLEST):
        story = list(_said(kit, lang, points))
        heights = [one.wrapOn(canvas, width - 12 * mm, 10_000)[1] + one.getSpaceAfter() for one in story]
        if sum(heights) <= room:
            break
    canvas.saveState()
    canvas.setLineWidth(3)
    canvas.rect(_MARGIN, _HALF + 8 * mm, width, _HALF - _MARGIN - 8 * mm)
    canvas.setFillGray(0)
    canvas.rect(_MARGIN, A4[1] - _MARGIN - 13 * mm, width, 13 * mm, stroke=0, fill=1)
    canvas.setFillGray(1)
    canvas.setFont(BOLD, 18)
    middle = A4[1] - _MARGIN - 6.5 * mm
    canvas.drawString(_MARGIN + 6 * mm, middle - 6.5, _WORDS["kit"][lang])
    canvas.setFont(REGULAR, 13)
    name = fitted(shown(kit.establishment, lang), REGULAR, 13, width * 0.6)
    canvas.drawRightString(_MARGIN + width - 6 * mm, middle - 4.7, name)
    canvas.restoreState()
    top = A4[1] - _MARGIN - 17 * mm
    for one, height in zip(story, heights, strict=True):
        one.drawOn(canvas, _MARGIN + 6 * mm, top - height + one.getSpaceAfter())
        top -= height
    _cut_line(canvas, lang)


def _said(kit: KitLabel, lang: Lang, points: float) -> Iterator[Flowable]:
    yield Paragraph(marked(kit.name, lang), style(points, bold=True, after=points * 0.15))
    yield Paragraph(marked(kit.activity, lang), style(max(points * 0.6, SMALLEST), after=points * 0.45))
    small = max(points * 0.55, SMALLEST)
    facts = [("place", kit.place), ("owner", kit.owner), ("check", kit.rhythm), ("autonomy", kit.autonomy)]
    colon = " : " if lang == "fr" else ": "
    for key, said in facts:
        if said:
            label = marked(f"{_WORDS[key][lang]}{colon}", lang)
            yield Paragraph(f"{label}<b>{marked(said, lang)}</b>", style(small, after=small * 0.3))


def _cut_line(canvas: Canvas, lang: Lang) -> None:
    canvas.saveState()
    canvas.setLineWidth(0.6)
    canvas.setDash(3, 3)
    canvas.line(0, _HALF, A4[0], _HALF)
    canvas.setFont(REGULAR, SMALLEST)
    canvas.drawCentredString(A4[0] / 2, _HALF - 4.6 * mm, _WORDS["cut"][lang])
    canvas.restoreState()


def _story(kit: KitLabel, lang: Lang) -> Iterator[Flowable]:
    if kit.contents.strip():
        yield heading(_WORDS["contents"][lang], _BODY)
        yield from _contents(kit.contents, lang)
        yield Spacer(1, _BODY * 0.8)
    yield heading(_WORDS["checks"][lang], _BODY)
    yield Spacer(1, 2 * mm)
    yield _Checks(lang)


def _contents(source: str, lang: Lang) -> Iterator[Flowable]:
    """What it holds; a box to tick before each item of a list, or before each line when there is no list."""
    if not any(isinstance(block, Items) for block in blocks(source)):
        source = "\n".join(f"- {one}" for one in source.splitlines() if one.strip())
    yield from text(source, _BODY, lang, mark=_BOX)


class _Checks(Flowable):
    """Empty lines to note checks by hand: as many as the place left allows, within reason."""

    def __init__(self, lang: Lang) -> None:
        super().__init__()
        self._lang = lang

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """As `Flowable`."""
        rows = max(_FEWEST, min(_MOST, int((available_height - _HEAD) / _ROW)))
        self._table = _grid(rows, available_width, self._lang)
        width, height = self._table.wrapOn(self.canv, available_width, available_height)
        return float(width), float(height)

    def draw(self) -> None:
        """As `Flowable`."""
        self._table.drawOn(self.canv, 0, 0)


def _grid(count: int, width: float, lang: Lang) -> Table:
    head = [line(_WORDS[key][lang], SMALLEST, lang, bold=True) for key in ("on", "who", "complete", "missing")]
    widths = [width * part for part in (0.16, 0.28, 0.16, 0.4)]
    table = Table([head, *([""] * 4 for _row in range(count))], colWidths=widths, rowHeights=[_HEAD, *[_ROW] * count])
    table.setStyle([("GRID", (0, 0), (-1, -1), 0.8, (0, 0, 0)), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")])
    return table


def _foot(canvas: Canvas, kit: KitLabel, lang: Lang) -> None:
    printed = f"{_WORDS['printed'][lang]} {day(kit.printed_on, lang)}" if kit.printed_on else ""
    canvas.saveState()
    canvas.setFont(REGULAR, SMALLEST)
    left = fitted(shown(f"{kit.name} – {kit.activity}", lang), REGULAR, SMALLEST, A4[0] - 2 * _MARGIN - 45 * mm)
    canvas.drawString(_MARGIN, _MARGIN * 0.7, left)
    canvas.drawRightString(A4[0] - _MARGIN, _MARGIN * 0.7, printed)
    canvas.restoreState()
