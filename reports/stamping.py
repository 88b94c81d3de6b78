"""The child process that marks a PDF or an image: `python -m reports.stamping`; `reports.watermark` is the other end.

It reads a line of JSON, then the file, on standard input, and writes the marked file on standard output. A page's own
content is left as it is, structure for screen readers included: the mark is drawn over it, as an artifact.
"""

from __future__ import annotations

import io
import json
import math
import resource
import sys
from collections.abc import Mapping
from typing import Any, cast

from PIL import Image, ImageDraw, ImageFont, ImageOps
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, PdfObject, StreamObject
from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from reports.sheets.ink import BOLD, FONTS, REGULAR, fitted, ready, shown, width_of
from reports.watermark import MOST_PAGES, MOST_PIXELS, Answer
from reports.words import Lang

GREY = 0.35
_NAME = NameObject("/CareMark")
_HIDDEN = ("/OpenAction", "/AA", "/AF")
"""What a document may do by itself, and the files it carries: they would leave without a mark."""


def main() -> int:
    """Mark one file; exit code of `Answer` when it is not one that can be marked."""
    order = json.loads(sys.stdin.buffer.readline())
    resource.setrlimit(resource.RLIMIT_AS, (order["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (order["seconds"],) * 2)
    content = sys.stdin.buffer.read()
    lang = cast("Lang", order["lang"])
    line, name = shown(order["line"], lang), shown(order["name"], lang)
    marked = _pdf(content, line, name) if order["media_type"] == "application/pdf" else _image(content, line, name)
    if isinstance(marked, Answer):
        return int(marked)
    sys.stdout.buffer.write(marked)
    return 0


def _pdf(content: bytes, line: str, name: str) -> bytes | Answer:
    reader = PdfReader(io.BytesIO(content), strict=False)
    if reader.is_encrypted:
        return Answer.LOCKED
    if len(reader.pages) > MOST_PAGES:
        return Answer.TOO_LARGE
    writer = PdfWriter(clone_from=reader)
    if not writer.pages:
        raise ValueError("a document without a page")
    _disarm(writer)
    opening = _stream(writer, b"q\n")
    forms: dict[tuple[float, float], IndirectObject] = {}
    for page in writer.pages:
        size = _shown_size(page)
        if size not in forms:
            forms[size] = _form(writer, size, line, name)
        _mark(writer, page, forms[size], opening)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _disarm(writer: PdfWriter) -> None:
    root = writer.root_object
    for key in _HIDDEN:
        root.pop(NameObject(key), None)
    names = root.get("/Names")
    if names is not None:
        held = cast("DictionaryObject", names.get_object())
        for key in ("/EmbeddedFiles", "/JavaScript"):
            held.pop(NameObject(key), None)


def _shown_size(page: PageObject) -> tuple[float, float]:
    """Width and height of a page as it is shown, in points."""
    box = page.cropbox
    size = abs(float(box.width)), abs(float(box.height))
    if not all(1 <= one <= 20_000 for one in size):
        raise ValueError("a page without a size")
    return (size[1], size[0]) if page.rotation % 180 else size


def _mark(writer: PdfWriter, page: PageObject, form: IndirectObject, opening: IndirectObject) -> None:
    """Draw the form over the page, upright whatever the rotation of the page."""
    resources = DictionaryObject(cast("DictionaryObject", _got(page, "/Resources") or DictionaryObject()))
    drawn = DictionaryObject(cast("DictionaryObject", _got(resources, "/XObject") or DictionaryObject()))
    drawn[_NAME] = form
    resources[NameObject("/XObject")] = drawn
    page[NameObject("/Resources")] = resources
    matrix = " ".join(f"{one:.3f}" for one in _upright(page))
    over = f"\nQ\n/Artifact <</Type /Pagination /Subtype /Watermark>> BDC\nq {matrix} cm {_NAME} Do Q\nEMC\n"
    contents = page.get("/Contents")
    held: list[PdfObject] = []
    if contents is not None:
        found = contents.get_object()
        held = list(found) if isinstance(found, ArrayObject) else [contents]
    page[NameObject("/Contents")] = ArrayObject([opening, *held, _stream(writer, over.encode())])


def _got(holder: Mapping[Any, Any], key: str) -> PdfObject | None:
    found = holder.get(key)
    return None if found is None else cast("PdfObject", found.get_object())


def _upright(page: PageObject) -> tuple[float, ...]:
    """The matrix from the page as it is shown to its own space."""
    box = page.cropbox
    left, bottom = float(box.left), float(box.bottom)
    right, top = float(box.right), float(box.top)
    return {
        0: (1, 0, 0, 1, left, bottom),
        90: (0, 1, -1, 0, right, bottom),
        180: (-1, 0, 0, -1, right, top),
        270: (0, -1, 1, 0, left, top),
    }[page.rotation % 360]


def _stream(writer: PdfWriter, data: bytes) -> IndirectObject:
    stream = StreamObject()
    stream.set_data(data)
    return writer._add_object(stream)  # noqa: SLF001 - as pypdf's own manual adds an object


def _form(writer: PdfWriter, size: tuple[float, float], line: str, name: str) -> IndirectObject:
    """The mark of pages of one size, drawn once however many pages bear it."""
    drawn = PdfReader(io.BytesIO(_drawing(size, line, name))).pages[0]
    contents = drawn.get_contents()
    form = StreamObject()
    form.set_data(contents.get_data() if contents is not None else b"")
    form[NameObject("/Type")] = NameObject("/XObject")
    form[NameObject("/Subtype")] = NameObject("/Form")
    form[NameObject("/BBox")] = ArrayObject(drawn.mediabox)
    resources = cast("PdfObject", drawn["/Resources"].get_object())
    form[NameObject("/Resources")] = resources.clone(writer)
    return writer._add_object(form)  # noqa: SLF001 - as above


def _drawing(size: tuple[float, float], line: str, name: str) -> bytes:
    """One page that holds the mark alone: the whole line at its top and bottom, the name across it."""
    ready()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size, invariant=1)
    width, height = size
    small = max(5.0, min(width, height) / 75)
    canvas.setFillColor(Color(GREY, GREY, GREY, alpha=0.9))
    canvas.setFont(REGULAR, small)
    told = fitted(line, REGULAR, small, width * 0.94)
    for level in (height - small * 1.6, small * 0.8):
        canvas.drawCentredString(width / 2, level, told)
    _across(canvas, size, name)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _across(canvas: Canvas, size: tuple[float, float], name: str) -> None:
    width, height = size
    large = max(8.0, min(width, height) / 26)
    canvas.setFillColor(Color(GREY, GREY, GREY, alpha=0.16))
    canvas.setFont(BOLD, large)
    told = fitted(name, BOLD, large, min(width, height) * 0.9)
    step = width_of(told, BOLD, large) + large * 3
    reach = math.hypot(width, height) / 2
    canvas.translate(width / 2, height / 2)
    canvas.rotate(30)
    lines = int(reach / (large * 6)) + 1
    for row in range(-lines, lines + 1):
        at = -reach + (step / 2 if row % 2 else 0)
        while at < reach:
            canvas.drawString(at, row * large * 6, told)
            at += step


def _image(content: bytes, line: str, name: str) -> bytes | Answer:
    """The same in the pixels; what the file said besides them (place, device) goes."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    opened = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
    if opened.width * opened.height > MOST_PIXELS:
        return Answer.TOO_LARGE
    kind = opened.format
    picture = ImageOps.exif_transpose(opened).convert("RGBA")
    marked = Image.alpha_composite(picture, _layer(picture.size, name))
    page = Image.new("RGB", (picture.width, picture.height + 2 * _band(picture.size)), "white")
    page.paste(marked, (0, _band(picture.size)), marked)
    _banded(page, _band(picture.size), line)
    out = io.BytesIO()
    page.save(out, format=kind or "PNG", **({"quality": 90} if kind == "JPEG" else {}))
    return out.getvalue()


def _band(size: tuple[int, int]) -> int:
    return max(16, min(size) // 30)


def _font(file: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / file), size)


def _layer(size: tuple[int, int], name: str) -> Image.Image:
    """The name again and again, turned, as large as the picture."""
    large = max(12, min(size) // 22)
    font = _font("Inter-Bold.ttf", large)
    reach = int(math.hypot(*size)) + 1
    sheet = Image.new("RGBA", (reach, reach), (0, 0, 0, 0))
    pen = ImageDraw.Draw(sheet)
    step = int(font.getlength(name)) + 3 * large
    for row in range(0, reach, 6 * large):
        shift = step // 2 if (row // (6 * large)) % 2 else 0
        for at in range(-shift, reach, step):
            pen.text((at, row), name, font=font, fill=(90, 90, 90, 60))
    turned = sheet.rotate(30)
    left, top = (reach - size[0]) // 2, (reach - size[1]) // 2
    return turned.crop((left, top, left + size[0], top + size[1]))


def _banded(page: Image.Image, band: int, line: str) -> None:
    """The whole line above and below the picture, as large as it fits."""
    size = int(band * 0.7)
    while size > 8 and _font("Inter-Regular.ttf", size).getlength(line) > page.width * 0.96:
        size -= 1
    font, pen = _font("Inter-Regular.ttf", size), ImageDraw.Draw(page)
    for middle in (band // 2, page.height - band // 2):
        pen.text((page.width // 2, middle), line, font=font, fill=(60, 60, 60), anchor="mm")


if __name__ == "__main__":
    sys.exit(main())
