"""The mark of a reader on PDFs and images: on each page, upright, or the file is not given."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject, TextStringObject
from reportlab.pdfgen.canvas import Canvas

from reports.errors import ReportError
from reports.press import PressLimits
from reports.watermark import MOST_BYTES, Mark, watermarked

MARK = Mark("Consulté par Élise Œuvrard (HAS) le 09/03/2026 à 10:00 – Visite", "Élise Œuvrard (HAS)", "fr")
PDF = "application/pdf"


def paper(path: Path, pages: int = 3, rotation: int = 0) -> Path:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    for number in range(pages):
        canvas.drawString(72, 700, f"Page {number + 1} de la procédure")
        canvas.showPage()
    canvas.save()
    writer = PdfWriter(clone_from=io.BytesIO(out.getvalue()))
    for page in writer.pages:
        page.rotate(rotation)
    with path.open("wb") as file:
        writer.write(file)
    return path


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_every_page_bears_who_reads_it_and_keeps_what_it_said(tmp_path: Path, rotation: int) -> None:
    marked = PdfReader(io.BytesIO(watermarked(paper(tmp_path / "a.pdf", rotation=rotation), PDF, MARK)))
    assert len(marked.pages) == 3
    for number, page in enumerate(marked.pages):
        text = page.extract_text()
        assert f"Page {number + 1} de la procédure" in text
        assert "Élise Œuvrard (HAS) le 09/03/2026 à 10:00" in text


def test_a_page_whose_content_leaves_its_space_turned_is_marked_all_the_same(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=paper(tmp_path / "a.pdf", pages=1))
    turned = StreamObject()
    turned.set_data(b"\n40 0 0 40 5000 5000 cm\n")
    page = writer.pages[0]
    page[NameObject("/Contents")] = ArrayObject([page.raw_get("/Contents"), writer._add_object(turned)])
    path = tmp_path / "b.pdf"
    with path.open("wb") as file:
        writer.write(file)
    after = PdfReader(io.BytesIO(watermarked(path, PDF, MARK))).pages[0].get_contents()
    assert after is not None
    assert after.get_data().startswith(b"q\n")
    drawn = after.get_data()
    assert drawn.index(b"5000 cm") < drawn.index(b"\nQ\n") < drawn.index(b"/CareMark Do")


def test_what_a_document_carries_besides_its_pages_stays_behind(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=paper(tmp_path / "a.pdf"))
    writer.add_attachment("annuaire.csv", b"secret")
    script = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(script)
    path = tmp_path / "b.pdf"
    with path.open("wb") as file:
        writer.write(file)
    assert PdfReader(path).attachments
    marked = watermarked(path, PDF, MARK)
    reader = PdfReader(io.BytesIO(marked))
    assert not reader.attachments
    assert "/OpenAction" not in reader.root_object


def test_a_protected_pdf_is_not_given(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=paper(tmp_path / "a.pdf"))
    writer.encrypt(user_password="", owner_password="secret", algorithm="AES-256")
    path = tmp_path / "b.pdf"
    with path.open("wb") as file:
        writer.write(file)
    with pytest.raises(ReportError, match="protected by a password"):
        watermarked(path, PDF, MARK)


@pytest.mark.parametrize("content", [b"%PDF-1.7\nnothing of it\n%%EOF\n", b"", b"\x00" * 4000])
def test_a_broken_file_is_not_given(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    with pytest.raises(ReportError, match="damaged or unreadable"):
        watermarked(path, PDF, MARK)


def test_a_file_that_takes_too_much_is_not_given(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(ReportError, match="too large"):
        watermarked(path, PDF, MARK)
    with pytest.raises(ReportError):
        watermarked(paper(tmp_path / "b.pdf"), PDF, MARK, PressLimits(memory_bytes=30 << 20))


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_an_image_is_marked_in_its_pixels(tmp_path: Path, kind: str, media_type: str) -> None:
    path = tmp_path / "a"
    Image.new("RGB", (900, 600), "white").save(path, format=kind)
    marked = Image.open(io.BytesIO(watermarked(path, media_type, MARK)))
    assert marked.format == kind
    assert marked.width == 900
    assert marked.height > 600  # the bands that hold the whole line
    darkest, _lightest = marked.convert("L").crop((0, 60, 900, 560)).getextrema()
    assert darkest < 240  # type: ignore[operator]


def test_an_image_cut_short_is_not_given(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.effect_noise((400, 400), 60).save(path, format="PNG")
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ReportError, match="damaged or unreadable"):
        watermarked(path, "image/png", MARK)
