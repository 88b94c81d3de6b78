"""The minutes of a review of remote accesses as a document."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime

from pypdf import PdfReader

from reports.access_review import PrintedDecision, PrintedOwner, ReviewMinutes, compose, render_review_minutes

NOW = datetime(2026, 3, 9, 10, 0)  # noqa: DTZ001 - the zone of the establishment
KEPT = PrintedDecision("Armor", "Scanner 2", "Confirmé", to_close=False, note="", decided_by="Maud", decided_at=NOW)
CUT = replace(KEPT, equipment="=Archivage\x00", verdict="À fermer", to_close=True, note="Remplacé")
SILENT = PrintedDecision("Biolab", "Automate", "", to_close=False, note="", decided_by="", decided_at=None)
MINUTES = ReviewMinutes(
    "fr", NOW, "CH de la Vallée", "Revue annuelle", NOW, "ciso", date(2026, 3, 31), "Jeanne Roux",
    (PrintedOwner("Maud", "Maud Le Gall", (KEPT, CUT)), PrintedOwner("", "", (SILENT,))),
)  # fmt: skip


def test_what_nobody_decided_is_told_apart_and_is_not_reviewed() -> None:
    said = compose(MINUTES)
    assert said["conclusion"] == "2 accès revus · 1 sans décision · 1 à fermer"
    assert not said["complete"]
    assert said["undecided"] == ["Biolab – Automate"]
    assert [one["name"] for one in said["owners"]] == ["Maud", "Sans responsable"]
    assert compose(replace(MINUTES, owners=MINUTES.owners[:1]))["complete"]


def test_the_document_holds_the_signature_and_reads_aloud() -> None:
    for lang, words in (("fr", "Signé :"), ("en", "Signed:")):
        document = PdfReader(io.BytesIO(render_review_minutes(replace(MINUTES, lang=lang))))
        assert "/StructTreeRoot" in document.root_object
        text = " ".join(page.extract_text() for page in document.pages)
        assert words in text
        assert "Maud Le Gall" in text
