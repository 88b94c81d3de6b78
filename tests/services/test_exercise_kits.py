"""Exercise kits from folders and zips: what is wrong is named by file, key and reason."""

from __future__ import annotations

import io
import json
import re
import stat
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

BESIDE = {
    "players.md": b"# Joueurs",
    "facilitators.md": b"# Animateurs",
    "observers.md": b"# Observateurs",
    "documents/plan.txt": b"plan",
}


def files(**changes: Any) -> dict[str, bytes]:
    return {"kit.yaml": yaml.safe_dump({**document(), **changes}, allow_unicode=True).encode(), **BESIDE}


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


@pytest.mark.parametrize("text", ["Grâce à\n{{lab}}", "Au {{ lab }}", "le code d’{{lab}}", "jusqu’au\u00a0{{lab}}"])
@pytest.mark.parametrize("name", ["players.md", "documents/plan.txt"])
def test_no_french_text_puts_an_article_after_de(name: str, text: str) -> None:
    assert re.search(f"{name} : « .*{{{{ ?lab ?}}}} »", refused(lambda: bundle_of({**files(), name: text.encode()})))
    bundle_of({**files(language="en"), name: text.encode()})
    bundle_of({**files(), name: "là {{lab}}, chez {{lab}}".encode()})


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
    "a level that does not exist": ({"level": "expert"}, "level, n’est pas l’un de : .* ou 'confirmed'"),
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
    "an unknown variable in the name of a cell": (
        {"cells": [{**document()["cells"][0], "name": "Appui {{ pacs }}"}, document()["cells"][1]]},
        r"cells\[1\].name, « pacs »",
    ),
    "an unknown variable in an option": (
        {
            "decisions": [
                {
                    **document()["decisions"][0],
                    "options": [{"id": "yes", "label": "{{pacs}}"}, {"id": "no", "label": "Non"}],
                }
            ]
        },
        r"decisions\[1\].options\[1\].label, « pacs »",
    ),
    "an unknown variable in a question": (
        {"hot": [{"id": "q1", "text": "{{pacs}} ?", "kind": "words"}]},
        r"hot\[1\].text, « pacs »",
    ),
    "an article that cannot be contracted": (
        {"stimuli": stimuli(lambda s: s[0].update(sender="Chef de {{lab}}"))},
        r"stimuli\[1\].sender, « de {{lab}} »",
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
        ({**files(), "kit.yaml": b"a: &x 1\nb: *x\n"}, r"ligne 2 : les alias \(\*nom\) ne sont pas acceptés"),
        ({**files(), "kit.yaml": b"a: 1\na: 2\n"}, "ligne 2 : « a » y figure deux fois"),
        ({**files(), "kit.yaml": b"a: " + b"[" * 5_000}, "trop de niveaux emboîtés"),
        ({**files(), "kit.yaml": b"a: " + b"9" * 5_000}, "une valeur est mal écrite"),
        ({**files(), **{f"documents/{n}.txt": b"" for n in range(201)}}, "plus de 200 fichiers"),
    ],
)
def test_a_zip_from_a_stranger_is_bounded(members: dict[str, bytes], said: str) -> None:
    sentence = refused(lambda: read_zip(zipped(members)))
    assert re.search(said, sentence), sentence


def test_what_is_no_zip_is_said() -> None:
    assert "pas un zip lisible" in refused(lambda: read_zip(b"PK\x03\x04 nothing more"))


def with_member(change: Callable[[zipfile.ZipInfo], object], name: str = "documents/lien.txt") -> bytes:
    """A good kit and one member more, as `change` makes it."""
    made = io.BytesIO(zipped(files()))
    with zipfile.ZipFile(made, "a") as archive:
        member = zipfile.ZipInfo(name)
        change(member)
        archive.writestr(member, b"/etc/passwd")
    return made.getvalue()


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a path that climbs": (
        lambda: zipped({**files(), "documents/../../evil.sh": b"x"}),
        "documents/../../evil.sh : ce chemin",
    ),
    "a path from the root": (lambda: zipped({**files(), "/etc/cron.d/x": b"x"}), "/etc/cron.d/x : ce chemin"),
    "a drive": (lambda: zipped({**files(), "c:\\x.txt": b"x"}), "ce chemin sort"),
    "a link": (
        lambda: with_member(lambda one: setattr(one, "external_attr", (stat.S_IFLNK | 0o777) << 16)),
        "documents/lien.txt : un lien",
    ),
    "a compression of another age": (
        lambda: with_member(lambda one: setattr(one, "compress_type", zipfile.ZIP_LZMA)),
        "documents/lien.txt : compression inconnue",
    ),
    "a folder in the folder": (
        lambda: zipped({**files(), "documents/a/b.txt": b"x"}),
        "documents/a/b.txt : nom refusé",
    ),
    "a name with spaces": (
        lambda: zipped({**files(), "documents/Mon plan.txt": b"x"}),
        "documents/Mon plan.txt : nom refusé",
    ),
    "a bomb": (lambda: zipped({**files(), "documents/a.bin": bytes(60_000_000)}), "documents/a.bin : plus de 10 Mo"),
    "many documents that are too much together": (
        lambda: zipped({**files(), **{f"documents/{n}.bin": bytes(9_000_000) for n in range(5)}}),
        "kit.zip : plus de 40 Mo",
    ),
    "a zip too large to be looked at": (lambda: bytes(40_000_001), "kit.zip : plus de 40 Mo"),
    "a directory of a million lines": (lambda: b"PK\x01\x02" * 6_000, "kit.zip : plus de 200 fichiers"),
    "a member cut short": (lambda: zipped(files())[:-60], "pas un zip lisible"),
    "a booklet with a null": (lambda: zipped({**files(), "players.md": b"a\0b"}), "players.md : plus de"),
    "a booklet that is a book": (lambda: zipped({**files(), "players.md": b"a" * 200_001}), "players.md : plus de"),
    "a null in a title": (lambda: zipped(files(title="Nuit \0 noire")), "kit.yaml : title, un signe invisible"),
    "half a character": (
        lambda: zipped(
            {**files(), "kit.yaml": files(title="XXX")["kit.yaml"].replace(b"title: XXX", b'title: "\\uD800 nuit"')}
        ),
        "kit.yaml",
    ),
    "a variable of a booklet": (
        lambda: zipped({**files(), "players.md": b"# {{ pacs }}"}),
        "players.md : {{pacs}}, cette variable n’est pas déclarée",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_stranger_may_try_is_refused_in_words(name: str) -> None:
    content, said = HOSTILE[name]
    made = content()
    assert said in refused(lambda: read_zip(made))


def test_a_file_that_stands_twice_in_a_zip_is_refused() -> None:
    made = io.BytesIO(zipped(files()))
    with zipfile.ZipFile(made, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("kit.yaml", b"autre")
    assert "kit.yaml : ce fichier y figure 2 fois" in refused(lambda: read_zip(made.getvalue()))


def test_a_damaged_member_is_said() -> None:
    content = bytearray(zipped({**files(), "documents/plan.txt": b"plan d'acces " * 200}))
    at = content.find(b"documents/plan.txt") + len("documents/plan.txt") + 4
    content[at : at + 8] = b"\xff" * 8
    assert "pas un zip lisible" in refused(lambda: read_zip(bytes(content)))


def test_every_fault_is_told_at_once() -> None:
    wrong = files(title="", level="expert", duration="deux heures")
    sentence = refused(lambda: bundle_of({**wrong, "players.md": b"\xff", "notes.txt": b""}))
    assert "corrigez ces 5 points" in sentence
    for one in ("notes.txt : n’est pas", "players.md : le fichier", "kit.yaml : title", "kit.yaml : level", "duration"):
        assert one in sentence


def test_a_zip_of_the_folder_itself_is_read_too_whatever_the_system_left_in_it() -> None:
    inside = {f"mon-kit/{name}": content for name, content in files().items()}
    leftovers = {"mon-kit/.DS_Store": b"x", "__MACOSX/mon-kit/._kit.yaml": b"x", "mon-kit/documents/Thumbs.db": b"x"}
    assert read_zip(zipped({**inside, **leftovers})).kit == read_zip(zipped(files())).kit


def test_a_folder_and_its_zip_are_one_kit(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    for name, content in files().items():
        (tmp_path / name).write_bytes(content)
    assert read_folder(tmp_path).kit == read_zip(zipped(files())).kit


def test_the_published_schema_is_that_of_this_version() -> None:
    """Written by `care kit schema > docs/care-kit-1.schema.json`."""
    published = json.loads((Path(__file__).parents[2] / "docs" / "care-kit-1.schema.json").read_text(encoding="utf-8"))
    assert published == schema()
