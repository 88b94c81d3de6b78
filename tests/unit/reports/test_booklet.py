"""Booklets and attachments in print: accessible, titles in order, tables, texts as typed, hostile ones too."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from care.adapters.exercise_kits import shipped_kits
from reports.booklet import BookletPaper, Leaf, compose, render_booklet
from reports.words import Lang
from tests.support.pdf import failures_of, text_of
from tests.unit.reports.test_audit import HOSTILE


def booklet(*leaves: Leaf, lang: Lang = "fr") -> BookletPaper:
    at = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    return BookletPaper(lang, at, "Livret", "Hôpital de la Vallée", "Nuit noire", "03/12/2026, 14:00", leaves)


@pytest.mark.parametrize("kit", shipped_kits())
def test_the_booklets_of_every_kit_are_accessible(kit: str) -> None:
    for text in shipped_kits()[kit].booklets.values():
        assert failures_of(render_booklet(booklet(Leaf("Livret", text)))) == []


def test_the_first_title_goes_on_the_cover_and_levels_skip_none() -> None:
    made = compose(booklet(Leaf("x", "# Livret du joueur\n\n### Trop bas\n\n# Haut\n\n## Ensuite")))
    assert made["name"] == "Livret du joueur"
    assert [block["level"] for block in made["leaves"][0]["blocks"]] == [1, 1, 2]


def test_documents_stand_each_on_its_page_as_typed() -> None:
    document = render_booklet(
        booklet(
            Leaf("plan.txt", "+---+\n|  a  |\n" + "x" * 75, "S01 Titre", as_typed=True),
            Leaf("article.md", "# Une\n\nDeux"),
        )
    )
    assert failures_of(document) == []
    text = text_of(document)
    for said in ("EXERCICE EXERCICE EXERCICE", "plan.txt", "S01 Titre", "article.md", "Page 2 sur 2"):
        assert said in text
    sizes = [compose(booklet(Leaf("a", "x" * count, as_typed=True)))["leaves"][0]["size"] for count in (10, 75, 300)]
    assert sizes[0] == 11.0
    assert sizes[0] > sizes[1] > sizes[2] == 8.0


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_an_empty_booklet_is_a_document_too(lang: Lang) -> None:
    assert failures_of(render_booklet(booklet(lang=lang))) == []
    assert failures_of(render_booklet(booklet(Leaf("x", ""), Leaf("y", "", as_typed=True), lang=lang))) == []


def test_same_booklet_gives_the_same_bytes() -> None:
    assert render_booklet(booklet(Leaf("x", "a"))) == render_booklet(booklet(Leaf("x", "a")))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_set_as_plain_text(text: str) -> None:
    grid = f"| {text} | b |\n|---|---|\n| {text} |"
    leaves = (Leaf(text, text, text), Leaf(text, text, text, as_typed=True), Leaf("t", grid), Leaf("h", f"# {text}"))
    assert failures_of(render_booklet(booklet(*leaves))) == []
