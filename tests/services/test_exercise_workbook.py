"""The chronogram as a workbook: out and back it changes nothing; what people change is shown, then done."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from care.adapters.exercise_kits import shipped_kits
from care.cli import main_group
from care.domain.access import Scope
from care.services.errors import Invalid, Refused
from care.services.exercises.chronogram import read_stimulus
from care.services.exercises.editing import save_stimulus
from care.services.exercises.workbook import chronogram_workbook, kit_workbook, workbook_of
from care.services.exercises.workbook_import import Fate, WorkbookPreview, apply_workbook, preview_workbook
from care.services.exercises.workbook_reading import read_workbook
from care.services.platform import Platform
from care.services.workbooks import MAX_MARKS, MAX_UNPACKED
from care.store.exercises import Exercise
from exercises.kit import Channel, Kit
from tests.support.exercises import prepared, with_one_kit
from tests.support.people import Hospitals
from tests.unit.exercises.sample_kit import kit

both = pytest.mark.both_databases


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


@pytest.fixture
def exercise(stage: Platform, hospitals: Hospitals, machine: Scope) -> int:
    return prepared(stage, machine, hospitals.valley)


def edited(content: bytes, edit: Callable[[Worksheet, Worksheet], object]) -> bytes:
    """The workbook, corrected as in a spreadsheet."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    edit(book["Chronogramme"], book["Réactions attendues"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def column(sheet: Worksheet, heading: str) -> int:
    return next(n for n, cell in enumerate(sheet[1], 1) if cell.value == heading)


def put(sheet: Worksheet, row: int, heading: str, value: object) -> None:
    sheet.cell(row, column(sheet, heading)).value = value  # type: ignore[assignment]


def dumped(one: Kit) -> dict[str, Any]:
    return one.model_dump(mode="json", by_alias=True)


@pytest.mark.parametrize("name", sorted(shipped_kits()))
def test_out_and_back_every_shipped_kit_is_the_same(name: str) -> None:
    one = shipped_kits()[name].kit
    for lang in ("fr", "en"):
        made = read_workbook(kit_workbook(one, lang), dumped(one), lang)
        assert made.faults == []
        assert made.stimuli == dumped(one)["stimuli"]


WORDS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="{}\0"), min_size=1, max_size=60).filter(
    lambda text: bool(text.strip())
)
ODD = ["=1+1", "+33 6", "-5", "@SUM(A1)", "_x0041_", "\ta\r\nb", "007", "oui", "1.0"]
TEXTS = st.one_of(WORDS, st.sampled_from(ODD))


@st.composite
def kits(draw: st.DrawFn) -> Kit:
    """The small kit, its texts, times and cells drawn at random."""
    document = dumped(kit())
    for one in document["stimuli"]:
        one |= {name: draw(TEXTS).strip() for name in ("sender", "title", "body")}
        one["channel"] = draw(st.sampled_from([channel.value for channel in Channel]))
        one["hint"] = draw(st.none() | TEXTS)
        one["mandatory"] = draw(st.booleans())
        for reaction in one["expects"]:
            reaction |= {"text": draw(TEXTS).strip(), "cell": draw(st.sampled_from([None, "ward", "it"]))}
    for cell in document["cells"]:
        cell["name"] = draw(TEXTS)
    return Kit.model_validate(document)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(kits())
def test_out_and_back_any_kit_is_the_same(one: Kit) -> None:
    content = dumped(one)
    made = read_workbook(workbook_of(content, one.title, "fr", None), content, "fr")
    assert made.faults == []
    assert made.stimuli == content["stimuli"]


def test_formulas_are_texts_and_lists_are_offered() -> None:
    document = dumped(kit())
    document["stimuli"][0] |= {"body": '=HYPERLINK("http://example.org")', "title": "+1", "sender": "@x"}
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(document, "Essai", "fr", None)))
    sheet = book["Chronogramme"]
    for heading in ("message", "titre", "émetteur"):
        cell = sheet.cell(2, column(sheet, heading))
        assert cell.data_type == "s"
        assert cell.quotePrefix
    offered = [str(one.formula1) for one in sheet.data_validations.dataValidation]
    assert len(offered) >= 3
    assert all("Listes" in one for one in offered)
    assert "Lisez-moi" in book.sheetnames
    assert workbook_of(document, "Essai", "fr", None) == workbook_of(document, "Essai", "fr", None)


Edit = Callable[[Worksheet, Worksheet], object]


def preview(platform: Platform, scope: Scope, exercise: int, edit: Edit) -> WorkbookPreview:
    return preview_workbook(platform, scope, exercise, edited(chronogram_workbook(platform, scope, exercise), edit))


@pytest.fixture
def french(machine: Scope) -> Scope:
    return replace(machine, lang="fr")


def stimuli(platform: Platform, exercise: int) -> list[dict[str, Any]]:
    with platform.database.read() as session:
        found: list[dict[str, Any]] = session.get_one(Exercise, exercise).content["stimuli"]
        return found


@both
def test_what_was_corrected_is_shown_field_by_field_then_done(stage: Platform, french: Scope, exercise: int) -> None:
    def correct(sheet: Worksheet, reactions: Worksheet) -> None:
        put(sheet, 3, "minute", 12)
        put(sheet, 3, "destinataires", "urgences ; Informatique")
        put(sheet, 3, "message", "{{lab}} est en panne.")
        sheet.delete_rows(5)  # S04
        line = {"repère": "S06", "minute": 50, "émetteur": "ARS", "destinataires": "Urgences", "canal": "Mail",
                "titre": "L’ARS écrit", "message": "Où en êtes-vous ?", "obligatoire": "oui"}  # fmt: skip
        for heading, value in line.items():
            put(sheet, 7, heading, value)
        for number, value in enumerate(["S06", "", "Répond à l’ARS", 15, 3, "alert", "urgences"], 1):
            reactions.cell(reactions.max_row + (number == 1), number).value = value  # type: ignore[assignment]

    found = preview(stage, french, exercise, correct)
    assert found.faults == ()
    assert {(one.fate, one.id) for one in found.changes} == {
        (Fate.CHANGED, "S02"), (Fate.NEW, "S06"), (Fate.REMOVED, "S04"),
    }  # fmt: skip
    changed = next(one for one in found.changes if one.id == "S02")
    assert [(one.name, one.before, one.after) for one in changed.fields] == [
        ("minute", "10", "12"),
        ("destinataires", "Informatique", "Urgences; Informatique"),
        ("message", "{{lab}} ne répond plus.", "{{lab}} est en panne."),
    ]
    assert stimuli(stage, exercise)[1]["at"] == 10
    apply_workbook(stage, french, exercise, found.sent, found.seen)
    after = {one["id"]: one for one in stimuli(stage, exercise)}
    assert after["S02"]["to"] == ["ward", "it"]
    assert after["S06"]["expects"] == [
        {"id": "a", "text": "Répond à l’ARS", "within": 15, "objective": "alert", "weight": 3, "cell": "ward"}
    ]
    assert "S04" not in after


@both
def test_somebody_was_quicker(stage: Platform, french: Scope, exercise: int) -> None:
    found = preview(stage, french, exercise, lambda sheet, _reactions: put(sheet, 3, "minute", 12))
    page = read_stimulus(stage, french, exercise, "S01")
    save_stimulus(stage, french, exercise, "S01", {**(page.raw or {}), "title": "Autre"}, page.mark)
    with pytest.raises(Refused, match="In the meantime"):
        apply_workbook(stage, french, exercise, found.sent, found.seen)
    with pytest.raises(Refused, match="damaged"):
        apply_workbook(stage, french, exercise, "[{}]", found.seen)


@pytest.mark.parametrize(
    ("row", "heading", "value", "said"),
    [
        (3, "minute", "midi", "Feuille « Chronogramme », ligne 3, colonne « minute » : « midi » n’est pas un nombre"),
        (3, "minute", 99, "ligne 3, colonne « minute » : « S02 » tombe à 99 min, après la fin (60 min)"),
        (3, "destinataires", "Cuisine", "« Cuisine » n’est pas une cellule ; connues : Urgences, Informatique"),
        (3, "canal", "pigeon", "colonne « canal » : « pigeon » n’est pas un canal"),
        (3, "repère", "S01", "« S01 » est déjà à la ligne 2"),
        (3, "conditions", "S05.a = observée", "ligne 3, colonne « conditions » : « S02 » dépend de « S05 »"),
        (3, "conditions", "n’importe", "écrivez « S01.a = non observée »"),
        (3, "pièces jointes", "rien.pdf", "« rien.pdf » n’est pas déposé"),
        (3, "message", "{{inconnu}}", "colonne « message » : « inconnu » n’existe pas"),
        (3, "titre", None, "ligne 3, colonne « titre » : vide"),
        (3, "obligatoire", "peut-être", "écrivez oui ou non"),
    ],
)
def test_a_fault_says_sheet_row_column_and_reason(
    stage: Platform, french: Scope, exercise: int, row: int, heading: str, value: object, said: str
) -> None:
    found = preview(stage, french, exercise, lambda sheet, _reactions: put(sheet, row, heading, value))
    assert any(said in one for one in found.faults), found.faults
    assert not found.useful
    assert found.changes == ()


def test_a_fault_of_a_reaction_says_its_row(stage: Platform, french: Scope, exercise: int) -> None:
    def spoil(_sheet: Worksheet, reactions: Worksheet) -> None:
        put(reactions, 2, "délai (min)", 0)
        put(reactions, 3, "stimulus", "S99")

    found = preview(stage, french, exercise, spoil)
    assert any("« S99 » n’est pas un stimulus" in one for one in found.faults)
    found = preview(stage, french, exercise, lambda _sheet, reactions: put(reactions, 2, "délai (min)", 0))
    assert found.faults == ("Feuille « Réactions attendues », ligne 2, colonne « délai (min) » : au moins 1.",)


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (MAX_UNPACKED + 1))
    return out.getvalue()


def repacked(name: str, content: bytes) -> bytes:
    """A workbook, one part of it replaced."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(kit_workbook(kit(), "fr"))) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for one in source.infolist():
            archive.writestr(one, content if one.filename == name else source.read(one), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def entities() -> bytes:
    """A workbook whose XML defines entities that feed on each other."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    evil = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><workbook>&l9;</workbook>'
    return repacked("xl/workbook.xml", evil.encode())


SHEET = "xl/worksheets/sheet1.xml"
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'


def touched(inside: int, ahead: int, change: Callable[[int], int]) -> bytes:
    """A workbook whose every entry has a byte changed: in the directory of the zip, and ahead of the entry itself."""
    content = bytearray(kit_workbook(kit(), "fr"))
    for mark, offset in ((b"PK\x01\x02", inside), (b"PK\x03\x04", ahead)):
        for found in re.finditer(mark, bytes(content)):
            content[found.start() + offset] = change(content[found.start() + offset])
    return bytes(content)


def misplaced() -> bytes:
    """A workbook whose directory is said to stand elsewhere."""
    content = kit_workbook(kit(), "fr")
    return content[:-6] + (10**8).to_bytes(4, "little") + content[-2:]


def damaged() -> bytes:
    """A workbook whose first entry holds bytes that nothing unpacks."""
    content = bytearray(kit_workbook(kit(), "fr"))
    start = 30 + content[26]
    content[start : start + 20] = b"\xff" * 20
    return bytes(content)


HOSTILE: Mapping[str, bytes] = {
    "noise": bytes(range(256)) * 20,
    "damaged": damaged(),
    "misplaced": misplaced(),
    "encrypted": touched(8, 6, lambda flags: flags | 1),
    "unknown compression": touched(10, 8, lambda _method: 97),
    "broken XML": repacked(SHEET, b"<worksheet><sheetData><row>"),
    "a sheet that reads another file": repacked(SHEET, OUTSIDE),
    "cells of a text that is not there": repacked(
        SHEET,
        b'<worksheet xmlns="http://schemas.openxmlformats.org/'
        b'spreadsheetml/2006/main"><sheetData><row><c t="s"><v>9999</v></c></row></sheetData></worksheet>',
    ),
    "empty": b"",
    "text": b"bonjour",
    "no workbook": b"PK\x05\x06" + b"\0" * 18,
    "cut": kit_workbook(kit(), "fr")[:2000],
    "bomb": bomb(),
    "entities": entities(),
    "huge": b"PK" + b"\0" * 10_000_001,
}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("xl/styles.xml", b"<a>" + b" " * 2_000_000 + b"</a>"),
        ("xl/worksheets/sheet1.xml", b"<a>" + b"<b/>" * MAX_MARKS + b"</a>"),
        ("xl/worksheets/sheet1.xml", b'<a b="" c=""/>' * (MAX_MARKS // 3 + 1)),
    ],
)
def test_a_part_that_costs_more_than_it_weighs_is_refused_unread(name: str, content: bytes) -> None:
    with pytest.raises(Invalid) as said:
        read_workbook(repacked(name, content), dumped(kit()), "fr")
    assert "too large" in said.value.fields["file"].en


def test_a_reaction_without_a_letter_where_none_is_left_is_a_fault_of_its_row(
    stage: Platform, french: Scope, exercise: int
) -> None:
    def crowd(_sheet: Worksheet, reactions: Worksheet) -> None:
        letter, first = column(reactions, "lettre"), [cell.value for cell in reactions[2]]
        for row in range(2, 29):
            for number, value in enumerate(first, 1):
                reactions.cell(row, number).value = None if number == letter else value  # type: ignore[assignment]

    found = preview(stage, french, exercise, crowd)
    assert any("ligne 28" in one and "plus de 26 réactions" in one for one in found.faults)


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_what_is_no_workbook_is_refused_before_it_is_unpacked(name: str) -> None:
    with pytest.raises(Invalid) as said:
        read_workbook(HOSTILE[name], dumped(kit()), "fr")
    assert "file" in said.value.fields


def test_a_missing_column_or_sheet_is_named(stage: Platform, french: Scope, exercise: int) -> None:
    def lose(sheet: Worksheet, reactions: Worksheet) -> None:
        sheet.cell(1, column(sheet, "canal")).value = "moyen"
        reactions.title = "Autre"

    found = preview(stage, french, exercise, lose)
    assert any("colonne « canal » : cette colonne manque" in one for one in found.faults)
    assert any("feuille « Réactions attendues » absente" in one for one in found.faults)
    assert found.ignored == ("moyen",)


def test_grey_columns_may_go(stage: Platform, french: Scope, exercise: int) -> None:
    found = preview(stage, french, exercise, lambda sheet, _r: sheet.delete_cols(column(sheet, "heure prévue")))
    assert not found.faults
    assert not found.useful


def test_the_command_line_writes_that_of_a_kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main_group, ["--lang", "fr", "kit", "chronogram", "annuaire-perdu", "-o", "x.xlsx"])
    assert done.exit_code == 0, done.output
    one = shipped_kits()["annuaire-perdu"].kit
    made = read_workbook((tmp_path / "x.xlsx").read_bytes(), dumped(one), "fr")
    assert made.stimuli == dumped(one)["stimuli"]
    assert CliRunner().invoke(main_group, ["--lang", "fr", "kit", "chronogram", "rien", "-o", "y.xlsx"]).exit_code != 0
    assert not (tmp_path / "y.xlsx").exists()
