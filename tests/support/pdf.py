"""What tests ask of a PDF: its text, and whether it keeps to the standards of accessibility and archiving."""

from __future__ import annotations

import io

import page
from pypdf import PdfReader


def text_of(document: bytes) -> str:
    """The text of a PDF on one line, without the breaks that its layout adds."""
    return " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(document)).pages).split())


def squeezed(text: str) -> str:
    """A text without any blank: layouts break and kern."""
    return "".join(text.split())


def failures_of(document: bytes) -> list[str]:
    """What PDF/UA-1 and PDF/A-2a validation finds wrong."""
    profiles = (page.ValidationProfile.PDF_UA_1, page.ValidationProfile.PDF_A_2A)
    reports = [page.validate_pdf_bytes(document, profile=profile) for profile in profiles]
    return [f"{report.profile}: {failure.message}" for report in reports for failure in report.failures]
