"""Streams whose data ends with a carriage return, in a PDF of our own making."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, StreamObject

from reports.streams import with_clear_ends


def document(*contents: bytes) -> bytes:
    """One stream object per content, laid out as Typst does, with a table of offsets."""
    body, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(contents, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n<</Length %d>>\nstream\n%b\nendstream\nendobj\n" % (number, len(content), content)
    offsets.append(len(body))
    body += b"%d 0 obj\n<</Type/Catalog/Pages %d 0 R>>\nendobj\n" % (len(offsets), len(offsets) + 1)
    offsets.append(len(body))
    body += b"%d 0 obj\n<</Type/Pages/Count 0/Kids[]>>\nendobj\n" % len(offsets)
    entries = b"".join(b"%010d 00000 n\r\n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f\r\n" % (len(offsets) + 1)
    trailer = b"trailer\n<</Size %d/Root %d 0 R>>\n" % (len(offsets) + 1, len(offsets) - 1)
    return body + head + entries + trailer + b"startxref\n%d\n%%%%EOF" % len(body)


def contents_of(pdf: bytes) -> list[bytes]:
    reader = PdfReader(io.BytesIO(pdf), strict=True)
    found = [reader.get_object(number) for number in range(1, len(reader.xref[0]) + 1)]
    return [item.get_data() for item in found if isinstance(item, StreamObject)]


@pytest.mark.parametrize(
    "contents",
    [
        (b"one\r", b"two"),
        (b"one", b"two\r"),
        (b"a\r", b"b\r", b"c\r"),
        (b"\r",),
        (b">>\nstream\n\r\nendstream x\r", b"b"),
    ],
)
def test_such_ends_become_clear_and_contents_stay(contents: tuple[bytes, ...]) -> None:
    cleared = with_clear_ends(document(*contents))
    assert contents_of(cleared) == list(contents)
    assert cleared.count(b"\r\r\nendstream") == sum(content.endswith(b"\r") for content in contents)
    assert with_clear_ends(cleared) == cleared


@pytest.mark.parametrize("contents", [(b"one", b"two"), (b"x\r\nendstream y",), ()])
def test_clear_documents_are_left_alone(contents: tuple[bytes, ...]) -> None:
    assert with_clear_ends(document(*contents)) == document(*contents)


def test_documents_laid_out_otherwise_are_left_alone() -> None:
    writer = PdfWriter()
    writer.add_blank_page(10, 10)
    writer.root_object[NameObject("/Lang")] = NameObject("/fr")
    buffer = io.BytesIO()
    writer.write(buffer)
    assert with_clear_ends(buffer.getvalue()) == buffer.getvalue()
    assert with_clear_ends(b"not a PDF") == b"not a PDF"
