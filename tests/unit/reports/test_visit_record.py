"""The record of a visit as a document, and what a mark leaves of an accessible document."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pypdf import PdfReader

from reports.visit_record import MOST_VIEWS, PrintedView, PrintedVisitor, VisitRecord, compose, render_visit_record
from reports.watermark import Mark, watermarked

NOW = datetime(2026, 3, 9, 10, 0)  # noqa: DTZ001 - the zone of the establishment
RECORD = VisitRecord(
    "fr",
    NOW,
    "Certification",
    "CH de la Vallée",
    "Terminée",
    NOW,
    NOW,
    ("Hôpital de la Vallée",),
    ("HAS",),
    (PrintedVisitor("Inès Marchand", "HAS", NOW, NOW, 2, 1), PrintedVisitor("Paul Rey", "", None, None, 0, 0)),
    (
        PrintedView(NOW, "Inès Marchand", "Fiche d’une pièce", "Politique", allowed=True),
        PrintedView(NOW, "Inès Marchand", "Autre adresse", "=HYPERLINK(1)\x00", allowed=False),
    ),
)


def test_it_says_who_came_and_what_was_shown_and_refused() -> None:
    said = compose(RECORD)
    assert said["conclusion"] == "1 visiteur entré · 2 pages montrées · 1 demande refusée"
    assert [row[2] for row in said["visitors"]] == ["09/03/2026 à 10:00", "jamais"]
    assert [row[4] for row in said["days"][0]["lines"]] == ["montré", "refusé"]
    assert said["cut"] == ""
    assert "12" in compose(replace(RECORD, left_out=12))["cut"]
    assert MOST_VIEWS == 3_000


def test_a_mark_keeps_the_structure_that_screen_readers_read(tmp_path: Path) -> None:
    plain = tmp_path / "record.pdf"
    plain.write_bytes(render_visit_record(RECORD))
    marked = PdfReader(io.BytesIO(watermarked(plain, "application/pdf", Mark("Lu par Inès", "Inès", "fr"))))
    assert "/StructTreeRoot" in marked.root_object
    assert "Lu par Inès" in marked.pages[0].extract_text()
    contents = marked.pages[0].get_contents()
    assert contents is not None
    assert b"/Artifact <</Type /Pagination /Subtype /Watermark>> BDC" in contents.get_data()
