"""The families of professions: in both languages, each once; a fault names the file and the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from care.adapters.awareness_kit import AWARENESS, professions_of
from care.adapters.kit_reading import KitError


def test_the_families_shipped() -> None:
    found = professions_of(AWARENESS / "professions.yaml")
    assert {"nurses", "medical", "other"} <= set(found)
    assert all(one.id == key and one.name.fr and one.name.en for key, one in found.items())
    assert len({one.name.fr for one in found.values()}) == len(found)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("professions: []\n", "liste"),
        ("professions:\n  - {id: nurses, name: {fr: A}}\n", "name.en"),
        ("professions:\n  - {id: Nurses, name: {fr: A, en: A}}\n", "mal écrit"),
        ("professions:\n  - {id: nurses, name: {fr: A, en: A}, more: 1}\n", "clé inconnue"),
        ("professions:\n" + "  - {id: nurses, name: {fr: A, en: A}}\n" * 2, "donné deux fois"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "professions.yaml"
    path.write_text(content, "utf-8")
    with pytest.raises(KitError) as refusal:
        professions_of(path)
    assert said in refusal.value.text.fr
