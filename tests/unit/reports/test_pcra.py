"""A continuity plan in print: standards, determinism, project or signed, hostile texts, Markdown."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from pypdf import PdfReader

from reports.pcra import MOST_ROWS, compose, render_pcra
from reports.pcra_markdown import pcra_markdown
from reports.pcra_model import (
    PlanActivity,
    PlanCell,
    PlanChapter,
    PlanDocument,
    PlanMode,
    PlanPicture,
    PlanResource,
    PlanRestart,
    PlanSignature,
    PlanTest,
)
from reports.words import Lang
from tests.support.pdf import failures_of, text_of
from tests.unit.reports.test_audit import HOSTILE

LANGS: tuple[Lang, ...] = ("fr", "en")
KEYS = ("governance", "scope", "hypotheses", "alert", "degraded", "recovery", "normal", "communication", "upkeep")
SIGNED = PlanSignature("Anne Morel", "Directrice", date(2026, 3, 2), date(2027, 3, 2))


def document(lang: Lang = "fr", text: str = "Le **cadre** décide :\n\n- un ;\n- deux.\n\n1. A\n2. B") -> PlanDocument:
    return PlanDocument(
        lang=lang,
        issued_at=datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
        establishment="Hôpital de la Vallée",
        finess="010000001",
        title="PCRA",
        number=2,
        chapters=tuple(PlanChapter(key, key.capitalize(), "" if key == "scope" else text) for key in KEYS),
        activities=(PlanActivity("Urgences", "Soins", "Vitale", dmia="4 h", minimum=text, needs=("DPI", "Réseau")),),
        resources=(PlanResource("DPI", "Application", asked_dmia="4 h", asked_by="Urgences", rto="8 h"),),
        restart=(PlanRestart(1, "DPI", "Application", ready="5 h", asked="4 h", asked_by="Urgences", late=True),),
        modes=(PlanMode("Urgences", "Sans DPI", trigger=text, steps=text, holds="2 j", kits=("Classeur rouge",)),),
        tests=(PlanTest("Exercice", "Terrain", "Fait", date(2026, 2, 1), "Réussi", ("Urgences",)),),
        cells=(PlanCell("Cellule décisionnelle", ("Directeur",)),),
        remarks=("Rien d’autre.",),
    )


def empty(lang: Lang) -> PlanDocument:
    bare = tuple(PlanChapter(key, key, "") for key in KEYS)
    return PlanDocument(lang, datetime(2026, 3, 2, tzinfo=UTC), "Hôpital", "", "PCRA", 1, bare)


@pytest.mark.parametrize("lang", LANGS)
def test_a_project_and_a_signed_plan_are_accessible(lang: Lang) -> None:
    draft, signed = document(lang), replace(document(lang), signature=SIGNED)
    for one in (draft, signed, empty(lang)):
        assert failures_of(render_pcra(one)) == []
    mark = {"fr": "PROJET", "en": "DRAFT"}[lang]
    assert mark in text_of(render_pcra(draft))
    assert mark not in text_of(render_pcra(signed))


@pytest.mark.parametrize(("wide", "sheets"), [(900, {842}), (1900, {842, 1191})])
def test_a_large_map_takes_a_larger_page(wide: int, sheets: set[int]) -> None:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} 1300"><rect width="9" height="9"/></svg>'
    made = render_pcra(replace(document(), picture=PlanPicture(svg, "Carte", "Deux liens.")))
    assert failures_of(made) == []
    assert {round(max(sheet.mediabox[2:])) for sheet in PdfReader(io.BytesIO(made)).pages} == sheets


def test_former_versions_are_told() -> None:
    told = replace(document(), former=("Version 1, validée le 02/03/2025 par Anne Morel, directrice",))
    assert "Version 1, validée le 02/03/2025" in text_of(render_pcra(told))
    assert "- Version 1, validée le 02/03/2025" in pcra_markdown(told)


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert render_pcra(document()) == render_pcra(document())


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_only_text(text: str) -> None:
    hostile = replace(document(text=text), title=text, establishment=text)
    assert failures_of(render_pcra(hostile)) == []
    assert "<script" not in pcra_markdown(hostile)


def test_a_long_table_is_cut_and_says_so() -> None:
    many = tuple(PlanResource(f"Application {one}", "Application") for one in range(MOST_ROWS + 3))
    composed = compose(replace(document(), resources=many))
    assert len(composed["resources"]) == MOST_ROWS
    assert composed["resources_cut"].startswith("3 lignes")


def test_markdown_keeps_marks_of_texts_and_escapes_cells() -> None:
    odd = replace(document(text="# Titre\n**gras**"), cells=(PlanCell("A|B", ("*x*",)),))
    text = pcra_markdown(odd)
    assert "**Titre**\n**gras**" in text
    assert "| A\\|B | \\*x\\* |" in text
    assert text.count("\n# ") == 0
