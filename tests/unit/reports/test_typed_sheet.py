"""Texts on sheets of the house: accessible, every line kept, headings told, hostile texts too."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reports.typed_sheet import TypedSheet, compose, render_typed_sheet
from reports.words import Lang
from tests.support.pdf import failures_of, text_of
from tests.unit.reports.test_audit import HOSTILE

SHEET = TypedSheet(
    "fr",
    datetime(2026, 11, 22, 8, 0, tzinfo=UTC),
    "Signaler l’incident",
    "Hôpital de la Vallée",
    "010000032",
    "Incident n° 1",
    "SIGNALEMENT\nDétecté le : [à compléter]\n\nUn autre paragraphe.",
)
TABLE = replace(SHEET, header=("N°", "Qui"), rows=(("1", "Cellule\nPaul Reeves"), ("2", "")), after="PUIS\n– Déclarer")


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("sheet", [SHEET, TABLE, replace(SHEET, text="")], ids=["text", "table", "nothing"])
def test_a_sheet_is_accessible(sheet: TypedSheet, lang: Lang) -> None:
    assert failures_of(render_typed_sheet(replace(sheet, lang=lang))) == []


def test_lines_are_kept_and_capitals_make_a_heading() -> None:
    made = compose(TABLE)
    assert [part["head"] for part in made["parts"]] == ["SIGNALEMENT", ""]
    assert made["parts"][0]["lines"] == ["Détecté le : [à compléter]"]
    assert (made["after"][0]["head"], made["rows"][1]) == ("PUIS", ["2", "–"])
    text = text_of(render_typed_sheet(TABLE))
    assert text.index("Paul Reeves") < text.index("Déclarer")


def test_the_same_sheet_gives_the_same_bytes() -> None:
    assert render_typed_sheet(SHEET) == render_typed_sheet(SHEET)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_set_as_plain_text(text: str) -> None:
    sheet = replace(SHEET, text=text, title=text[:100], rows=((text[:50], "x"),), header=("a", "b"))
    assert failures_of(render_typed_sheet(sheet)) == []
