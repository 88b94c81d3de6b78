"""What every printed sheet is set in: embedded fonts, black on white, the typography of the reader's language."""

from __future__ import annotations

from functools import cache, lru_cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Final, cast

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from reports.plain import plain
from reports.words import Lang, typographic

FONTS = Path(__file__).parent / "fonts"
REGULAR: Final = "CareSheet"
BOLD: Final = "CareSheet-Bold"
ITALIC: Final = "CareSheet-Italic"
_FILES = {REGULAR: "Inter-Regular.ttf", BOLD: "Inter-Bold.ttf", ITALIC: "Inter-Italic.ttf"}

SMALLEST = 11.0
"""No text to read is smaller, in points: a sheet is read standing up, in poor light."""
LONGEST = 12_000
"""Longest text set on a sheet, in characters; the platform keeps none longer than 10,000."""
PALE = 0.9
"""The only grey that carries meaning nowhere: backgrounds, nearly white once photocopied."""


def shown(text: str, lang: Lang) -> str:
    """A text from outside as it is set: hostile characters as their code, those without a glyph too."""
    return "".join(_glyph(char) for char in typographic(plain(text, lang, LONGEST), lang))


def marked(text: str, lang: Lang) -> str:
    """The same as ReportLab's paragraphs want it: nothing of it is markup, line ends are kept."""
    return escape(shown(text, lang), quote=False).replace("\n", "<br/>")


def _glyph(char: str) -> str:
    return char if char == "\n" or ord(char) in _codes() else f"\\u{{{ord(char):x}}}"


@cache
def _codes() -> frozenset[int]:
    """The characters that the three fonts hold."""
    ready()
    fonts = [cast("TTFont", pdfmetrics.getFont(name)) for name in _FILES]
    return frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in fonts))


@cache
def ready() -> None:
    """Make the packaged fonts known to ReportLab, once in the life of a process."""
    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(FONTS / file)))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=ITALIC, boldItalic=BOLD)


@lru_cache(maxsize=512)
def style(
    size: float, *, bold: bool = False, indent: float = 0, after: float = 0, before: float = 0, bullet: float = 0
) -> ParagraphStyle:
    """Text of `size` points; indents and spaces are in points too.

    Long words are cut, they never overflow.
    """
    ready()
    return ParagraphStyle(
        f"{size}-{bold}-{indent}",
        fontName=BOLD if bold else REGULAR,
        fontSize=size,
        leading=round(size * (1.2 if bold else 1.32), 2),
        leftIndent=indent,
        spaceAfter=after,
        splitLongWords=1,
        allowWidows=0,
        allowOrphans=0,
        bulletFontName=REGULAR,
        bulletFontSize=size,
        bulletIndent=bullet,
        spaceBefore=before,
    )


def blank(size: tuple[float, float], title: str, lang: Lang) -> tuple[Canvas, BytesIO]:
    """A canvas of one page size and the file it writes. The same drawing gives the same bytes."""
    ready()
    file = BytesIO()
    canvas = Canvas(file, pagesize=size, invariant=1, pageCompression=1, lang="fr-FR" if lang == "fr" else "en-GB")
    canvas.setTitle(shown(title, lang)[:300])
    canvas.setAuthor("CaRE")
    canvas.setCreator("CaRE")
    return canvas, file


def width_of(text: str, font: str, size: float) -> float:
    """How wide a line is, in points."""
    ready()
    return float(pdfmetrics.stringWidth(text, font, size))


def fitted(text: str, font: str, size: float, width: float) -> str:
    """The text on one line of `width` points, its end replaced by an ellipsis when it is too long."""
    if width_of(text, font, size) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = width_of(text[:middle].rstrip() + "…", font, size) <= width
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + "…"
