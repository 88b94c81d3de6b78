"""What a file is, by its content: what is taken, what is refused, and the name it then wears."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.domain import media
from care.domain.media import UnwantedFileError, named_for, recognise


def zipped(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return made.getvalue()


OFFICE = zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml")


def open_document() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n\x00", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        (OFFICE, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (open_document(), "application/vnd.oasis.opendocument.spreadsheet"),
        (zipped("a.txt"), "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "application/x-ole-storage"),
        (b"\x30\x82\x05\x00" + bytes(40), "application/pkcs7-mime"),
        ("Procès-verbal\n".encode(), "text/plain"),
        ("Procès-verbal\n".encode("cp1252"), "text/plain"),
        ("Procès-verbal\n".encode("utf-16"), "text/plain"),
        (b"\xef\xbb\xbfnom;date\nA;1\n", "text/csv"),
        (b'{"a": 1}', "application/json"),
        (b'<?xml version="1.0"?><nmaprun/>', "application/xml"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "text/html"),
        (b"bonjour <script>alert(1)</script>", "text/html"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "image/svg+xml"),
        (b"From: a@b.fr\r\nMIME-Version: 1.0\r\nSubject: x\r\n\r\nbody", "message/rfc822"),
    ],
)
def test_the_content_tells(content: bytes, told: str) -> None:
    assert recognise(content[: media.HEAD_BYTES], b"").type == told


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00",
        b"\x7fELF\x02",
        b"\xca\xfe\xba\xbe",
        b"#!/bin/sh\nrm -rf /\n",
        b"!<arch>\ndebian-binary",
        b"L\x00\x00\x00\x01\x14\x02\x00",
        zipped("META-INF/MANIFEST.MF", "A.class"),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + bytes.fromhex("84100c0000000000c000000000000046"),
    ],
)
def test_programs_are_refused(content: bytes) -> None:
    with pytest.raises(UnwantedFileError) as refused:
        recognise(content, b"")
    assert "programme" in refused.value.text.fr


def test_nothing_and_the_unknown_are_refused() -> None:
    with pytest.raises(UnwantedFileError, match="empty"):
        recognise(b"", b"")
    with pytest.raises(UnwantedFileError, match="no accepted type"):
        recognise(b"\x01\x02\x03\x04binary", b"")


def answer(content: bytes) -> str:
    try:
        return recognise(content, b"").type
    except UnwantedFileError as refused:
        return refused.text.fr


@given(st.binary(min_size=1, max_size=400))
def test_any_content_is_named_or_refused(content: bytes) -> None:
    assert answer(content)


def test_only_pictures_pdf_and_plain_text_are_shown_in_place() -> None:
    assert set(media.INLINE) == {"application/pdf", "image/png", "image/jpeg", "text/plain"}


@pytest.mark.parametrize(
    ("name", "content", "worn"),
    [
        ("facture.pdf", b"%PDF-1.7", "facture.pdf"),
        ("facture.pdf.exe", b"%PDF-1.7", "facture.pdf.exe.pdf"),
        ("PHOTO.JPG", b"\xff\xd8\xff\xe0", "PHOTO.JPG"),
        ("nettoyage.ps1", b"Get-Item", "nettoyage.ps1.txt"),
        ("page.hta", b"<script>", "page.hta.html"),
        ("notes.md", b"des <b>notes</b> <img src=x>", "notes.md"),
        ("sans extension", b"texte", "sans extension.txt"),
    ],
)
def test_a_name_ends_as_its_content_says(name: str, content: bytes, worn: str) -> None:
    assert named_for(name, recognise(content, b"")) == worn
