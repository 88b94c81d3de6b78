"""The packaged themes of certification visits: complete, tied to what exists, readable in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from care.adapters.certification_kit import CERTIFICATION, visit_kit_of
from care.adapters.frameworks import shipped_frameworks
from care.adapters.kit_reading import KitError
from care.domain.programme import Inquiry

KIT = visit_kit_of()
FRAMEWORKS = {one.id: one for one in shipped_frameworks()}


def test_every_theme_of_the_framework_is_there_and_every_reference_exists() -> None:
    known = {f"{one.id}:{item.id}" for one in FRAMEWORKS.values() for item in one.items}
    assert {item.id for item in FRAMEWORKS["has"].requirements} <= KIT.by_id.keys()
    assert {ref for theme in KIT.themes for ref in theme.covers} <= known


@pytest.mark.parametrize("name", ["has", "has-esms"])
def test_every_requirement_has_a_theme_with_questions(name: str) -> None:
    framework = FRAMEWORKS[name]
    for item in framework.requirements:
        assert KIT.themes_of(framework, item), item.id
        methods = KIT.methods_of(framework, item)
        assert methods, item.id
        assert all(KIT.questions_of(framework, item, method) for method in methods)


def test_what_belongs_to_no_theme_has_questions_too() -> None:
    framework = FRAMEWORKS["hds"]
    item = framework.requirements[0]
    assert KIT.themes_of(framework, item) == ()
    assert KIT.methods_of(framework, item) == tuple(Inquiry)


def test_questions_are_whole_and_french_is_typographic() -> None:
    questions = [*KIT.generic, *(one for theme in KIT.themes for one in theme.questions)]
    for one in questions:
        for text in (one.ask, one.see):
            assert text.fr != text.en
            assert "'" not in text.fr
            assert text.fr.rstrip(" »")[-1] in "?.", text.fr
    assert len({one.ask.fr for one in questions}) == len(questions)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("{id: security_roles,", "{id: gossip,", "not one of"),
        ("- id: mss\n", "- id: mes\n", "twice"),
        ("by: system_audit\n", "by: rumour\n", "not one of"),
        ("{id: training, year: true,", "{id: training, year: true, months: 3,", "one rhythm"),
        ('covers: ["has-esms:3.14-03"]', "covers: [nothing]", "framework:item"),
    ],
)
def test_a_fault_names_the_place(tmp_path: Path, before: str, after: str, said: str) -> None:
    text = (CERTIFICATION / "themes.yaml").read_text()
    assert before in text
    (tmp_path / "themes.yaml").write_text(text.replace(before, after, 1))
    with pytest.raises(KitError, match=said):
        visit_kit_of(tmp_path / "themes.yaml")
