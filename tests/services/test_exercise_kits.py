"""Exercise kits from folders and zips: what is wrong is named by file, key and reason."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from care.adapters.exercise_kits import (
    MAX_DOCUMENT_BYTES,
    bundle_of,
    read_folder,
    read_zip,
    schema,
    zip_of,
)
from care.adapters.kit_reading import KitError
from tests.unit.exercises.sample_kit import document

BOOKLETS = {"players.md": b"# Joueurs", "facilitators.md": b"# Animateurs", "observers.md": b"# Observateurs"}


def files(**changes: Any) -> dict[str, bytes]:
    return {"kit.yaml": yaml.safe_dump({**document(), **changes}, allow_unicode=True).encode(), **BOOKLETS}


def zipped(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def refused(reading: Callable[[], object]) -> str:
    """What a French reader is told."""
    with pytest.raises(KitError) as caught:
        reading()
    return caught.value.text.fr


def stimuli(change: Callable[[list[dict[str, Any]]], object]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document()["stimuli"]
    change(found)
    return found


def test_a_kit_goes_through_a_zip_unchanged() -> None:
    bundle = bundle_of({**files(), "documents/plan.txt": b"plan"})
    again = read_zip(zip_of(bundle))
    assert again.kit == bundle.kit
    assert dict(again.booklets) == dict(bundle.booklets)
    assert again.documents == bundle.documents
    assert zip_of(again) == zip_of(bundle)


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown key": ({"titre": "x"}, "titre, clé inconnue"),
    "a missing key": ({"cells": None}, "cells"),
    "a level that does not exist": ({"level": "expert"}, "level, n’est pas l’un de"),
    "an empty title": ({"title": "  "}, "title, vide"),
    "a stimulus after the end": (
        {"stimuli": stimuli(lambda s: s[1].update(at=61))},
        r"stimuli\[2\].at, « S02 » tombe à 61 min, après la fin",
    ),
    "an unknown cell": ({"stimuli": stimuli(lambda s: s[0].update(to=["cuisine"]))}, r"stimuli\[1\].to, « cuisine »"),
    "an unknown objective": (
        {"stimuli": stimuli(lambda s: s[0]["expects"][0].update(objective="fly"))},
        r"stimuli\[1\].expects\[1\].objective, « fly »",
    ),
    "the same stimulus twice": ({"stimuli": stimuli(lambda s: s[1].update(id="S01"))}, "stimuli, « S01 »"),
    "a condition on nothing": (
        {"stimuli": stimuli(lambda s: s[2].update(when=[{"reaction": "S09.a", "is": "missed"}]))},
        r"stimuli\[3\].when\[1\].reaction, « S09.a »",
    ),
    "a condition on something later": (
        {"stimuli": stimuli(lambda s: s[2].update(when=[{"reaction": "S05.a", "is": "missed"}]))},
        "ne vient pas avant",
    ),
    "a cycle of conditions": (
        {
            "stimuli": stimuli(
                lambda s: (
                    s[0].update(when=[{"reaction": "S05.a", "is": "missed"}]),
                    s[4].update(when=[{"reaction": "S01.a", "is": "missed"}]),
                )
            )
        },
        "s’attendent en rond : (S01 → S05 → S01|S05 → S01 → S05)",
    ),
    "a condition on a reserve": (
        {"stimuli": stimuli(lambda s: s[5].update(when=[{"decision": "cut", "is": "yes"}]))},
        "une réserve se joue à la main",
    ),
    "an option that does not exist": (
        {"stimuli": stimuli(lambda s: s[3].update(when=[{"decision": "cut", "is": "maybe"}]))},
        r"stimuli\[4\].when\[1\].is, « maybe »",
    ),
    "an unknown variable": (
        {"stimuli": stimuli(lambda s: s[0].update(body="{{ pacs }} est tombé"))},
        r"stimuli\[1\].body, « pacs »",
    ),
    "an attachment that is not there": (
        {"stimuli": stimuli(lambda s: s[0].update(attachments=["plan.pdf"]))},
        "documents/plan.pdf est absent",
    ),
    "phases out of order": (
        {"phases": [{"id": "a", "title": "A", "start": 0}, {"id": "b", "title": "B", "start": 0}]},
        "chaque phase commence après",
    ),
    "an objective that nothing measures": (
        {"objectives": [*document()["objectives"], {"id": "talk", "text": "Informer."}]},
        r"objectives\[2\], ni réaction attendue",
    ),
    "a cell that hears nothing": (
        {"cells": [*document()["cells"], {"id": "press", "name": "P", "mission": "M", "functions": ["F"]}]},
        r"cells\[3\], « press » ne reçoit aucun stimulus",
    ),
    "hours in words": ({"duration": "deux heures"}, "duration, un nombre entier est attendu"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_names_file_key_and_reason(name: str) -> None:
    changes, said = FAULTS[name]
    sentence = refused(lambda: bundle_of(files(**changes)))
    assert re.search(f"kit.yaml .*{said}", sentence), sentence


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({**files(), "../evil.sh": b"x"}, "evil.sh"),
        ({**files(), "documents/huge.bin": bytes(MAX_DOCUMENT_BYTES + 1)}, "huge.bin .* plus de 10 Mo"),
        ({key: value for key, value in files().items() if key != "observers.md"}, "observers.md .* absent"),
        ({**files(), "players.md": b"\xff\xfe\xff"}, "players.md .* UTF-8"),
        ({**files(), "kit.yaml": b"- a\n- b\n"}, "kit.yaml"),
        ({**files(), "kit.yaml": b"a: &x 1\nb: *x\n"}, "aliases"),
        ({**files(), **{f"documents/{n}.txt": b"" for n in range(201)}}, "plus de 200 fichiers"),
    ],
)
def test_a_zip_from_a_stranger_is_bounded(members: dict[str, bytes], said: str) -> None:
    sentence = refused(lambda: read_zip(zipped(members)))
    assert re.search(said, sentence), sentence


def test_what_is_no_zip_is_said() -> None:
    assert "pas un zip lisible" in refused(lambda: read_zip(b"PK\x03\x04 nothing more"))


def test_a_folder_and_its_zip_are_one_kit(tmp_path: Path) -> None:
    for name, content in files().items():
        (tmp_path / name).write_bytes(content)
    assert read_folder(tmp_path).kit == read_zip(zipped(files())).kit


def test_the_published_schema_is_that_of_this_version() -> None:
    """Written by `care kit schema > docs/care-kit-1.schema.json`."""
    published = json.loads((Path(__file__).parents[2] / "docs" / "care-kit-1.schema.json").read_text(encoding="utf-8"))
    assert published == schema()
