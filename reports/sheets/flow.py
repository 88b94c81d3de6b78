"""Text that flows from box to box: the Markdown of people as paragraphs, numbered steps, and how they are poured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, Spacer

from reports.errors import ReportError
from reports.markdown import Block, Span, blocks, lines_of
from reports.markdown import Paragraph as Words
from reports.markdown import steps as numbered
from reports.sheets.ink import BOLD, SMALLEST, marked, style
from reports.words import Lang

MOST_BOXES = 200
"""Pages or cards of one sheet at most: nobody reads as much in a hurry."""
_ENDLESS = 100_000
_MOST_SPANS = 200


@dataclass(frozen=True, slots=True)
class Box:
    """Where text may stand, in points from the bottom left corner of the page."""

    x: float
    y: float
    width: float
    height: float


class Heading(Paragraph):
    """The name of a section: never left alone at the bottom of a box."""


class Step(Paragraph):
    """The first paragraph of a step, beside its number in a black disc."""

    rank = 0

    def draw(self) -> None:
        """The disc, then the text."""
        if self.rank:
            size = self.style.fontSize
            radius = size * 0.78
            x, y = radius, self.height - size * 0.92 + size * 0.36 - size * 0.06
            self.canv.saveState()
            self.canv.setFillGray(0)
            self.canv.circle(x, y, radius, stroke=0, fill=1)
            self.canv.setFillGray(1)
            digits = size * 0.6 if self.rank > 99 else max(SMALLEST, size * (0.86 if self.rank < 10 else 0.78))
            self.canv.setFont(BOLD, digits)
            self.canv.drawCentredString(x, y - digits * 0.36, str(self.rank))
            self.canv.restoreState()
        super().draw()

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        """Only the first part keeps the disc."""
        parts: list[Flowable] = super().split(available_width, available_height)
        if parts and isinstance(parts[0], Step):
            parts[0].rank = self.rank
        return parts


def heading(words: str, size: float) -> Heading:
    """The name of a section, in capitals of `size` points."""
    return Heading(words, style(size, bold=True, after=size * 0.3, before=size * 0.2))


def text(source: str, size: float, lang: Lang, mark: str = "•") -> list[Flowable]:
    """Markdown as paragraphs of `size` points, `mark` before the items of a list."""
    return list(_flow(blocks(source), size, lang, 0, mark))


def steps(source: str, size: float, lang: Lang, gap: float = 0.45) -> list[Flowable]:
    """Markdown as numbered steps (`reports.markdown.steps`), `gap` letters apart."""
    return list(_numbered(numbered(source), size, lang, size * gap))


def _numbered(found: Sequence[Block], size: float, lang: Lang, gap: float) -> Iterator[Flowable]:
    indent = size * 2.1
    for block in found:
        if isinstance(block, Words):
            yield from _paragraph(block, style(size), gap, lang)
        elif block.start is None:
            yield from _flow((block,), size, lang, 0)
        else:
            for rank, item in enumerate(block.items, block.start):
                yield from _step(rank, item, size, lang, indent)
                yield Spacer(1, gap * 0.6)


def _step(rank: int, item: Sequence[Block], size: float, lang: Lang, indent: float) -> Iterator[Flowable]:
    first, others, rest = _first_line(item)
    step = Step(_marks(first, lang) or "&nbsp;", style(size, indent=indent, after=size * 0.25))
    step.rank = rank % 1000
    yield step
    yield from _paragraph(others, style(size, indent=indent), size * 0.25, lang)
    yield from _flow(rest, size, lang, indent)


def _first_line(item: Sequence[Block]) -> tuple[Sequence[Span], Words, Sequence[Block]]:
    """What stands beside the mark of an item, the other lines of its first paragraph, its other blocks."""
    if not item or not isinstance(item[0], Words):
        return (), Words(()), item
    first, *others = list(lines_of(item[0])) or [()]
    spans = [span for line in others for span in (*line, Span("\n"))]
    return first, Words(tuple(spans)), item[1:]


def _flow(found: Sequence[Block], size: float, lang: Lang, indent: float, mark: str = "•") -> Iterator[Flowable]:
    for block in found:
        if isinstance(block, Words):
            yield from _paragraph(block, style(size, indent=indent), size * 0.4, lang)
            continue
        deeper = min(indent + size * (1.4 if block.start is None else 2.0), size * 8)
        for number, item in enumerate(block.items, block.start or 0):
            how = style(size, indent=deeper, after=size * 0.25, bullet=indent)
            yield from _item(item, mark if block.start is None else f"{number}.", how, lang)


def _item(item: Sequence[Block], mark: str, how: ParagraphStyle, lang: Lang) -> Iterator[Flowable]:
    first, others, rest = _first_line(item)
    yield Paragraph(_marks(first, lang) or "&nbsp;", how, bulletText=mark)
    yield from _paragraph(others, style(how.fontSize, indent=how.leftIndent), how.spaceAfter, lang)
    yield from _flow(rest, how.fontSize, lang, how.leftIndent)


def _paragraph(words: Words, how: ParagraphStyle, after: float, lang: Lang) -> Iterator[Flowable]:
    """One flowable a line: a paragraph of thousands of lines would be measured again on each page."""
    for spans in lines_of(words):
        yield Paragraph(_marks(spans, lang), how)
    if words.spans:
        yield Spacer(1, after)


def _marks(spans: Sequence[Span], lang: Lang) -> str:
    """The spans of a line as ReportLab's little markup; one of very many styles loses them, which take time."""
    if len(spans) > _MOST_SPANS:
        return marked("".join(one.text for one in spans), lang)
    return "".join(_span(one, lang) for one in spans)


def _span(span: Span, lang: Lang) -> str:
    found = marked(span.text, lang)
    found = f"<i>{found}</i>" if span.italic else found
    return f"<b>{found}</b>" if span.bold else found


def line(words: str, size: float, lang: Lang, *, bold: bool = False) -> Paragraph:
    """One text without Markdown, which may still need several lines."""
    return Paragraph(marked(words, lang), style(size, bold=bold))


def height_of(flowables: Sequence[Flowable], width: float) -> float:
    """How high they stand in a column, in points."""
    total = 0.0
    for one in flowables:
        _width, height = one.wrap(width, _ENDLESS)
        total += height + one.getSpaceAfter()
    return total


def pour(story: Sequence[Flowable], canvas: Canvas, box_of: Callable[[int], Box]) -> int:
    """Draw a story into box after box; `box_of(n)` begins the n-th, from 0. Returns how many it took.

    ReportError above `MOST_BOXES`; texts always fit, since they are cut between lines.
    """
    left = list(story)
    count = 0
    while left:
        placed = fill(box_of(count), left, canvas)
        count += 1
        if not placed or (left and count == MOST_BOXES):
            raise _too_long()
    return count


def fill(box: Box, left: list[Flowable], canvas: Canvas) -> bool:
    """Put in a box what it holds, taken from `left`; whether anything was put there."""
    top = box.y + box.height
    while left:
        head = left[0]
        begun = top < box.y + box.height
        room = top - box.y - (head.getSpaceBefore() if begun else 0)
        if isinstance(head, Heading) and begun and _with_two_lines(left, box.width, canvas) > room:
            return True
        if isinstance(head, Spacer) and not begun:
            left.pop(0)
            continue
        _width, height = head.wrapOn(canvas, box.width, max(room, 0))
        if height > room:
            return _fill_with_part(box, left, canvas, room) or begun
        head.drawOn(canvas, box.x, box.y + room - height)
        top = box.y + room - height - head.getSpaceAfter()
        left.pop(0)
    return True


def _fill_with_part(box: Box, left: list[Flowable], canvas: Canvas, room: float) -> bool:
    """Draw the part of the first flowable that fits in `room`, leave the rest of it in `left`."""
    parts = left[0].splitOn(canvas, box.width, room) if room > 0 else []
    if not parts:
        return False
    _width, height = parts[0].wrapOn(canvas, box.width, room)
    if height > room:
        return False
    parts[0].drawOn(canvas, box.x, box.y + room - height)
    left[:1] = parts[1:]
    return True


def _with_two_lines(left: Sequence[Flowable], width: float, canvas: Canvas) -> float:
    """How high a heading is with two lines of what follows it."""
    needed = float(left[0].wrapOn(canvas, width, _ENDLESS)[1] + left[0].getSpaceAfter())
    for one in left[1:]:
        height = one.wrapOn(canvas, width, _ENDLESS)[1]
        if not isinstance(one, Spacer):
            leading = getattr(getattr(one, "style", None), "leading", 12.0)
            return needed + min(height, 2 * leading)
        needed += height
    return needed


def _too_long() -> ReportError:
    return ReportError(
        f"Cette fiche ferait plus de {MOST_BOXES} pages ou cartes ; raccourcissez ses textes, puis réessayez.",
        f"This sheet would take more than {MOST_BOXES} pages or cards; shorten its texts, then print again.",
    )
