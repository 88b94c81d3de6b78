"""Lists of strangers are read whole or refused with file and line, whatever made them, in bounded memory."""

from __future__ import annotations

import contextlib
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners.errors import CollectError
from scanners.lists import read_workbook, reading
from scanners.lists.kinds import ListKind
from scanners.lists.reading import ListFile, Table, look, read_list, told
from scanners.lists.words import NEVER, NO, UNKNOWN, YES
from tests.support.foreign_tables import workbook, zip_bomb

LINES = "Nom;Numéro de série;Dernier contact\nPC-1;SN1;2026-03-09\npc-2.hopital.test;SN2;08/03/2026\n"

Place = Callable[[bytes], str]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    def put(content: bytes) -> str:
        (tmp_path / "list").write_bytes(content)
        return str(tmp_path / "list")

    return put


@pytest.fixture
def read(place: Place) -> Callable[..., Table]:
    def of(content: str | bytes, kind: ListKind = ListKind.EDR, **more: Any) -> Table:
        raw = content.encode() if isinstance(content, str) else content
        return read_list(ListFile(kind, "liste.csv", place(raw), **more))

    return of


def refusal(read: Callable[..., Table], content: str | bytes, **more: Any) -> str:
    with pytest.raises(CollectError) as refused:
        read(content, **more)
    assert "liste.csv" in refused.value.text.en
    return refused.value.text.fr


# ---------------------------------------------------------------- text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", ";,\t|")
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_separators_and_ends_of_line(
    read: Callable[..., Table], encoding: str, separator: str, end: str
) -> None:
    text = LINES.replace(";", separator).replace("\n", end)
    table = read(text.encode(encoding))
    assert table.frame["name"].tolist() == ["PC-1", "PC-2"]
    assert table.frame["serial"].tolist() == ["SN1", "SN2"]
    assert table.frame["edr_seen"].tolist() == [20521, 20520]
    assert (table.columns, table.lines, table.unread) == (("name", "serial", "edr_seen"), 2, {})


def test_a_declared_separator_and_titles_above_the_header(read: Callable[..., Table]) -> None:
    table = read("sep=;\nListe des agents;;\nÉditée le;09/03/2026;\n\n" + LINES)
    assert table.frame.index.tolist() == [6, 7]
    assert table.shape.layout.line == 5


def test_a_title_that_looks_like_a_header_is_not_one(read: Callable[..., Table]) -> None:
    table = read("Poste\n\n" + LINES)
    assert table.frame["name"].tolist() == ["PC-1", "PC-2"]


def test_a_mapping_says_which_header_is_which(read: Callable[..., Table]) -> None:
    text = "Actif;Nom;Vu\nPC-1;Bureau;2026-03-09\n"
    table = read(text, mapping={"name": "actif", "edr_seen": "VU"})
    assert table.frame["name"].tolist() == ["PC-1"]
    assert "Nom" in table.shape.layout.unknown


@pytest.mark.parametrize("chosen", ["Agent", "Nom"])
def test_a_chosen_header_that_is_not_there_or_twice_is_told(read: Callable[..., Table], chosen: str) -> None:
    said = refusal(read, "Nom;OS;Nom\nA;B;C\n", mapping={"name": chosen})
    assert f"ligne 1 : un en-tête choisi n’y est pas, ou y est deux fois ({chosen})" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "ligne 1 : le fichier est vide"),
        ("\n \r\n", "ligne 1 : le fichier est vide"),
        ("a;b\n1;2\n", "ligne 1 : aucun en-tête attendu parmi « a, b » ; il manque : nom / name"),
        ("a\n1\n", "ligne 1 : une seule colonne"),
        ("sep=,\na;b\n", "ligne 2 : une seule colonne"),
        ("Nom;Name\nA;B\n", "ligne 1 : deux colonnes disent la même chose (“Nom”, “Name”)"),
        ("sep=;\nNom;Machine\nA;B\n", "ligne 2 : deux colonnes"),
        ("Nom;OS\nA;B\nC;D;E;F\n", "ligne 3 : plus de cellules que d’en-têtes"),
        ('Nom;OS\nA;"B\nC;D\n', "ligne 2 : elle est mal formée, un guillemet n’est pas refermé"),
        ('Nom;OS\nA;"B"x\nC;D\n', "ligne 2 : elle est mal formée"),
        ("Nom;OS\nA\0;B\n", "ligne 2 : elle contient un octet nul"),
        ("Nom\0;OS\nA;B\n", "ligne 1 : elle contient un octet nul"),
        (b"%PDF-1.7\n", "c’est un document PDF, exportez la liste en CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "c’est un classeur .xls"),
        (b"<html><table>", "c’est une page HTML"),
        (b'{"value": []}', "ce JSON ne contient aucun objet"),
        (b"\x1f\x8b\x08", "c’est un fichier compressé"),
    ],
)
def test_a_doubtful_file_is_refused_with_its_line(read: Callable[..., Table], content: str | bytes, said: str) -> None:
    assert said in refusal(read, content)


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(CollectError, match="cannot be read"):
        read_list(ListFile(ListKind.EDR, "liste.csv", "/nonexistent/list"))


def test_a_line_without_end_is_refused(read: Callable[..., Table], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanners.lists.read_text.MAX_LINE", 100)
    assert "ligne 3 : elle est trop longue" in refusal(read, "Nom;OS\nA;B\nC;" + "x" * 100 + "\n")


def test_bounds_of_size_and_lines(read: Callable[..., Table], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_LINES", 3)
    assert read("Nom\nA\nB\nC\n").lines == 3
    assert "plus de 3 lignes" in refusal(read, "Nom\nA\nB\nC\nD\n")
    assert "ligne 7 : trop de lignes, même vides" in refusal(read, "Nom\n\n\n\n\n\nA\n")
    monkeypatch.setattr("scanners.lists.read_text.MAX_BYTES", 10)
    assert "plus de 0 Mio" in refusal(read, "Nom\nABCDEFGH\n")


def test_what_is_not_understood_is_counted_with_its_first_line(read: Callable[..., Table]) -> None:
    lines = (
        "Nom;Dernier correctif;Chiffré",
        "PC-1;2026-03-01;oui",
        "PC-2;hier;oui",
        "=1+1;31/02/2026;peut-être",
        ";;non",
        "PC-3;12/31/2025;-",
        "Total : 4",
    )
    table = read("\n".join(lines), ListKind.INVENTORY)
    assert table.unread == {"name": (3, 4), "patched": (3, 3), "encrypted": (1, 4)}
    assert table.frame["name"].tolist() == ["PC-1", "PC-2", "PC-3"]
    assert table.frame["encrypted"].tolist() == [YES, YES, UNKNOWN]
    assert [(fault.line, fault.column, fault.value) for fault in table.faults] == [
        (7, "name", "Total : 4"),
        (4, "name", "1+1"),
        (5, "name", ""),
        (3, "patched", "hier"),
        (4, "patched", "31/02/2026"),
        (4, "encrypted", "peut-être"),
        (6, "patched", "12/31/2025"),
    ]
    assert [text.fr for text in told("glpi.csv", table)] == [
        "glpi.csv, ligne 4 : 3 valeur(s) de la colonne « nom » non comprises, corrigez-les.",
        "glpi.csv, ligne 3 : 3 valeur(s) de la colonne « dernier correctif » non comprises, corrigez-les.",
        "glpi.csv, ligne 4 : 1 valeur(s) de la colonne « chiffré » non comprises, corrigez-les.",
    ]


def test_dates_that_nothing_proves_are_told(read: Callable[..., Table]) -> None:
    table = read("Nom;Last seen\nPC-1;05/03/2026\nPC-2;04/03/2026\n")
    assert table.doubtful == {"edr_seen": (2, 2)}
    assert "rien ne dit si 2 date(s)" in next(told("edr.csv", table)).fr
    dated = read("Nom;Last seen\nPC-1;05/03/2026\nPC-2;04/03/2026\n", brought_on=date(2026, 3, 6))
    assert (dated.doubtful, dated.frame["edr_seen"].tolist()) == ({}, [20517, 20516])


def test_a_column_without_a_proof_follows_the_others(read: Callable[..., Table]) -> None:
    text = "Login;Expires;Created;Last login\na;05/03/2027;{};04/03/2026\n"
    french, american = (read(text.format(day), ListKind.ACCOUNTS) for day in ("25/02/2026", "02/25/2026"))
    assert (french.doubtful, american.doubtful) == ({}, {})
    assert french.frame["expires"].tolist() == [20882]  # 5 March
    assert american.frame["expires"].tolist() == [20941]  # 3 May
    both = read(text.format("25/02/2026") + "b;05/03/2027;02/25/2026;\n", ListKind.ACCOUNTS)
    assert (both.doubtful["expires"], both.unread["created"]) == ((2, 2), (1, 3))


def test_a_month_first_list_is_read_as_such_across_blocks(
    read: Callable[..., Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_BLOCK_LINES", 1)
    table = read("Nom;Last seen\nPC-1;3/5/2026 7:12:03 AM\nPC-2;3/25/2026 7:12:03 PM\n")
    assert table.frame["edr_seen"].tolist() == [20517, 20537]
    assert table.frame.index.tolist() == [2, 3]


def test_a_machine_named_twice_keeps_both_lines_with_what_its_name_says_of_its_domain(
    read: Callable[..., Table],
) -> None:
    names = "Nom\nPC-1\npc-1.hopital.test\nHOPITAL\\PC-1$\n10.1.2.3\n"
    table = read(names, ListKind.INVENTORY)
    assert table.frame["name"].tolist() == ["PC-1", "PC-1", "PC-1", "10.1.2.3"]
    assert table.frame["domain"].tolist() == ["", "hopital.test", "HOPITAL", ""]
    assert table.columns == ("name",)


def test_a_column_of_domains_is_believed_before_names(read: Callable[..., Table]) -> None:
    table = read("Nom;Domaine\npc-1.lan.test;hopital.test\n", ListKind.EDR)
    assert table.frame["domain"].tolist() == ["hopital.test"]


def test_twice_the_same_source_is_counted_once(read: Callable[..., Table]) -> None:
    table = read("Source\nPare-feu\nPare-feu\n\nAnnuaire\n", ListKind.LOG_SOURCES)
    assert (table.frame["name"].tolist(), table.duplicates, table.lines) == (["Pare-feu", "Annuaire"], 1, 3)


def test_a_list_without_lines_has_typed_columns(read: Callable[..., Table]) -> None:
    table = read("Login;Start time;Bytes\n", ListKind.SESSIONS)
    assert (len(table.frame), table.lines) == (0, 0)
    assert [str(table.frame[name].dtype) for name in ("start", "bytes")] == ["int64", "int64"]


def test_lines_of_several_lines_and_quotes(read: Callable[..., Table]) -> None:
    table = read('Compte;Groupe;Actif\n"a ""b""";"x;y\nz";oui\nc;=cmd|x;non\n', ListKind.ACCOUNTS)
    assert table.frame["account"].tolist() == ['a "b"', "c"]
    assert table.frame["group"].tolist() == ["x;y z", "cmd|x"]
    assert table.frame["enabled"].tolist() == [YES, NO]
    assert table.frame.index.tolist() == [2, 4]


def test_sessions_are_on_the_wall_clock_of_the_establishment(read: Callable[..., Table]) -> None:
    text = "Login;Start time;End time\ntm_a;2026-07-01 12:00;\ntm_b;2026-07-01T10:00:00Z;never\ntm_c;;\n"
    table = read(text, ListKind.SESSIONS)
    assert table.frame["start"].tolist() == [1782900000, 1782900000]
    assert table.frame["end"].tolist() == [NEVER, NEVER]
    assert table.unread == {"start": (1, 4)}
    reunion = read(text, ListKind.SESSIONS, zone="Indian/Reunion")
    assert reunion.frame["start"].tolist()[0] == 1782892800


def test_a_person_who_names_columns_is_shown_the_header(place: Place) -> None:
    shape = look(ListFile(ListKind.EDR, "x.csv", place(b"Rapport\nmatricule|vu|site\nPC-1|hier|A\n")))
    assert (shape.layout.headers, shape.layout.line) == (("matricule", "vu", "site"), 2)
    assert (shape.separator, shape.layout.missing) == ("|", ("name",))
    with pytest.raises(CollectError, match="NUL byte"):
        look(ListFile(ListKind.EDR, "x.csv", place(b"\x01\0\x02\x03\x04\x05;\n")))


def test_a_large_list_needs_little_memory(read: Callable[..., Table]) -> None:
    lines = (f"PC-{rank:07};Windows 10 Professionnel;10.0.19045;SN{rank};03/03/2026" for rank in range(20_000))
    text = "Nom;OS;OS version;Serial number;Dernier correctif\n" + "\n".join(lines)
    content = text.encode()
    del text
    tracemalloc.start()
    try:
        table = read(content, ListKind.INVENTORY)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(table.frame) == 20_000
    assert peak < 25e6


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from(ListKind))
def test_any_bytes_are_read_or_refused(read: Callable[..., Table], tail: bytes, kind: ListKind) -> None:
    for head in (b"", b"Nom;Logiciel;Compte;Start;Ticket\n"):
        with contextlib.suppress(CollectError):
            table = read(head + tail, kind)
            assert len(table.frame) <= table.lines


# ---------------------------------------------------------------- workbooks


def test_a_workbook_is_read_from_the_first_sheet_with_a_header(read: Callable[..., Table]) -> None:
    rows = [
        ["Parc au 9 mars"],
        [],
        ["Nom", "Dernier contact", "Numéro de série"],
        ["PC-1", datetime(2026, 3, 9, 7, 12), 12.0],  # noqa: DTZ001 - a workbook holds no zone,
        ["PC-2", date(2026, 3, 8), True],
        ["PC-3", 46089, None],
        ["PC-4"],
    ]
    table = read(workbook(("Sommaire", [["Bonjour"]]), ("Parc", rows), ("Autre", [["Nom"], ["PC-9"]])))
    assert table.frame["name"].tolist() == ["PC-1", "PC-2", "PC-3", "PC-4"]
    assert table.frame["edr_seen"].tolist() == [20521, 20520, 20520, NEVER]
    assert table.frame["serial"].tolist() == ["12", "true", "", ""]
    assert (table.shape.sheet, table.shape.layout.line, table.unread) == ("Parc", 3, {})


def test_two_sheets_of_the_same_columns_are_refused(read: Callable[..., Table]) -> None:
    content = workbook(("Nord", [["Nom", "OS"], ["PC-1"]]), ("Notes", [["x"]]), ("Sud", [["Nom", "OS"], ["PC-2"]]))
    assert "plusieurs feuilles ont les mêmes colonnes (Nord, Sud)" in refusal(read, content)


def test_two_sheets_that_say_the_same_in_other_words_are_refused(read: Callable[..., Table]) -> None:
    head, other = ["Nom", "OS", "Etage"], ["Hostname", "Operating system", "Salle"]
    content = workbook(("Postes", [head, ["PC-1"]]), ("Serveurs", [other, ["SRV-1"]]))
    assert "plusieurs feuilles ont les mêmes colonnes (Postes, Serveurs)" in refusal(read, content)


def test_sheets_that_are_not_read_are_named(read: Callable[..., Table]) -> None:
    head = ["Nom", "OS", "N° de série"]
    content = workbook(("Notes", [["x"]]), ("Vide", []), ("Parc", [head, ["PC-1"]]), ("Anciens", [["Nom"], ["PC-9"]]))
    shape = read(content).shape
    assert (shape.sheet, shape.left) == ("Parc", ("Notes", "Anciens"))


def test_merged_cells_and_formulas_never_computed_below_the_header_are_refused(read: Callable[..., Table]) -> None:
    rows = [["Parc", None], ["Nom", "OS"], ["PC-1", "W"], ["PC-2"]]
    assert "ligne 3 : des cellules y sont fusionnées" in refusal(read, workbook(("Parc", rows), merged="B3:B4"))
    assert read(workbook(("Parc", rows), merged="A1:B1")).lines == 2
    assert "ligne 2 : une formule" in refusal(read, workbook(("Parc", [["Nom"], ["=A1"]])))


def test_a_cell_too_far_right_is_refused(read: Callable[..., Table]) -> None:
    rows = [["Nom"], ["PC-1", *[None] * 299, "x"]]
    assert "ligne 2 : plus de 300 colonnes" in refusal(read, workbook(("Parc", rows)))


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("date;time;user", "2026-03-09;07:12:00;tm_a"),
        ("Utilisateur;Heure;Date", "tm_a;7h12;09/03/2026"),
        ("login;Start date;Start time", "tm_a;03/09/2026;7:12:00 AM"),
    ],
)
def test_a_day_and_its_hour_in_two_columns_are_one_moment(read: Callable[..., Table], header: str, line: str) -> None:
    table = read(f"{header}\n{line}\n", ListKind.SESSIONS, brought_on=date(2026, 3, 10))
    assert table.frame["start"].tolist() == [1773036720]
    assert set(table.columns) == {"account", "start"}
    assert (table.unread, table.shape.layout.unknown) == ({}, ())


def test_a_day_alone_is_no_moment_of_a_session(read: Callable[..., Table]) -> None:
    assert "il manque : debut" in refusal(read, "date;user\n2026-03-09;a\n", kind=ListKind.SESSIONS)


def test_a_mapping_joins_a_day_and_its_hour(read: Callable[..., Table]) -> None:
    text = "qui;jour;h\na;2026-03-09;07:12\nb;2026-03-09;\nc;;07:12\nd;;\n"
    mapping = {"account": "qui", "start": "jour", "start hour": "h"}
    table = read(text, ListKind.SESSIONS, mapping=mapping)
    assert table.frame["start"].tolist() == [1773036720, 1773010800]
    assert table.unread == {"start": (2, 4)}


def test_a_moment_whole_in_a_third_column_is_not_joined(read: Callable[..., Table]) -> None:
    table = read("user;date;time;timestamp\na;2026-03-01;10:00;2026-03-09 07:12\n", ListKind.SESSIONS)
    assert table.frame["start"].tolist() == [1773036720]


def test_a_hidden_sheet_is_left_alone(read: Callable[..., Table]) -> None:
    content = workbook(("Vieux", [["Nom", "Dernier contact"], ["PC-9"]]), ("Parc", [["Nom"], ["PC-1"]]), hidden="Vieux")
    assert read(content).frame["name"].tolist() == ["PC-1"]
    assert "aucun en-tête attendu" in refusal(read, workbook(("A", [["x", "y"]]), ("B", [["z"]])))


def test_formulas_are_values_and_never_run(read: Callable[..., Table]) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Nom", "Numéro de série"])
        sheet.write_formula(1, 0, '=HYPERLINK("http://x","PC-1")', None, "PC-1")
        sheet.write_formula(1, 1, "=1+1", None, "=cmd|x")
        sheet.write_string(2, 0, "=PC-2")
        sheet.write_string(2, 1, "S")
    table = read(content.getvalue())
    assert (table.frame["name"].tolist(), table.frame["serial"].tolist()) == (["PC-1"], ["cmd|x"])
    assert table.unread == {"name": (1, 3)}


def test_a_zip_bomb_is_refused_before_it_is_unpacked(
    read: Callable[..., Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_workbook.openpyxl, "load_workbook", lambda *_a, **_k: pytest.fail("unpacked"))
    assert "ce classeur se déplie en 40 Mio" in refusal(read, zip_bomb())


def shared(*rows: list[str]) -> bytes:
    """A workbook whose texts are kept apart, as Excel does."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("Parc")
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    return content.getvalue()


@pytest.mark.parametrize("bound", ["MAX_HELD", "MAX_STYLES", "MAX_CONTENTS", "MAX_PARTS", "MAX_BYTES", "MAX_UNPACKED"])
def test_workbooks_are_bounded(read: Callable[..., Table], monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    content = shared(["Nom"], ["PC-1"])
    assert read(content).lines == 1
    monkeypatch.setattr(read_workbook, bound, 2)
    assert "ce classeur se déplie" in refusal(read, content)


def parts_of(content: bytes, **changes: bytes | None) -> bytes:
    """The same workbook with parts changed (by the last word of their name) or left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        for part in before.infolist():
            change = changes.get(part.filename.rpartition("/")[2].partition(".")[0], b"")
            if change is not None:
                after.writestr(part.filename, change or before.read(part))
    return out.getvalue()


@pytest.mark.parametrize(
    "changes",
    [
        {"sheet1": b"<worksheet><sheetData><row"},
        {"sheet1": b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet>&a;</worksheet>'},
        {"workbook": None},
        {"[Content_Types]": b"<x"},
        {"sharedStrings": b"<sst>"},
    ],
)
def test_a_damaged_workbook_is_told(read: Callable[..., Table], changes: dict[str, bytes | None]) -> None:
    content = parts_of(shared(["Nom"], ["PC-1"]), **changes)
    assert "pas un classeur .xlsx lisible" in refusal(read, content)


def test_a_sheet_that_lies_about_its_size_is_read_whole(read: Callable[..., Table]) -> None:
    lying = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1"/><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>Nom</t></is></c><c r="B1" t="inlineStr"><is><t>Serial</t></is></c>'
        b'</row><row r="3"><c r="A3" t="inlineStr"><is><t>PC-1</t></is></c>'
        b'<c r="B3" t="inlineStr"><is><t>S</t></is></c>'
        b"</row></sheetData></worksheet>"
    )
    table = read(parts_of(workbook(("Parc", [["Nom"]])), sheet1=lying))
    assert (table.frame["name"].tolist(), table.frame["serial"].tolist()) == (["PC-1"], ["S"])
    assert table.frame.index.tolist() == [3]


def test_a_row_far_below_is_refused(read: Callable[..., Table], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_workbook, "MAX_ROWS", 2_000)
    far = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>Nom</t></is></c></row>'
        b'<row r="99999999999"><c r="A99999999999" t="inlineStr"><is><t>PC-1</t></is></c></row></sheetData></worksheet>'
    )
    assert "ligne 2001 : trop de lignes" in refusal(read, parts_of(workbook(("Parc", [["Nom"]])), sheet1=far))
