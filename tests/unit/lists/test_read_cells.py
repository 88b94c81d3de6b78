"""Tables that fill registers: read whole, or refused with the file and the line."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners.errors import CollectError
from scanners.lists import read_cells as reader
from scanners.lists.read_cells import Cells, read_cells
from scanners.lists.read_file import ways_of, ways_of_text
from tests.support.foreign_tables import filtered, patched, workbook, zip_bomb

Read = Callable[..., Cells]
HEAD = ["Fournisseur", "Équipement", "Actif"]
TEXT = "Fournisseur;Équipement;Actif\nMédimage;IRM;oui\n\n'=LaboTech;;\n"


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def of(content: str | bytes, most: int = 100) -> Cells:
        place = tmp_path / "table"
        place.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_cells(ways_of(place, "registre.csv"), "registre.csv", most)

    return of


def refusal(read: Read, content: str | bytes, most: int = 100) -> str:
    with pytest.raises(CollectError) as refused:
        read(content, most)
    said = refused.value.text
    assert said.fr.startswith("Le fichier registre.csv est refusé : ")
    assert said.fr.endswith("Rien n’en a été repris.")
    assert said.en.startswith("The file registre.csv is refused: ")
    return said.fr


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", ";,\t|")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_whatever_wrote_it(read: Read, encoding: str, separator: str, end: str) -> None:
    cells = read(TEXT.replace(";", separator).replace("\n", end).encode(encoding))
    assert cells.headings == tuple(HEAD)
    assert cells.lines == ((2, ("Médimage", "IRM", "oui")), (4, ("=LaboTech", "", "")))


def test_a_declared_separator_and_blank_lines_above_the_headings(read: Read) -> None:
    cells = read("sep=,\n\n,,\n" + TEXT.replace(";", ","))
    assert (cells.line, [number for number, _cells in cells.lines]) == (4, [5, 7])


def test_a_text_in_memory_is_read_the_same_way() -> None:
    assert read_cells(ways_of_text("\ufeff" + TEXT, "r"), "r").lines[0] == (2, ("Médimage", "IRM", "oui"))


def test_a_line_of_several_is_known_by_the_first(read: Read) -> None:
    cells = read('a;b\n"x\ny";1\nz;2\n')
    assert [number for number, _cells in cells.lines] == [2, 4]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "ligne 1 : le fichier est vide"),
        ("\ufeff\n \n", "ligne 1 : le fichier est vide"),
        ("a;b;A\n1;2;3\n", "ligne 1 : la colonne « A » y est deux fois"),
        ("\n\na;b;a\n1;2;3\n", "ligne 3 : la colonne « a » y est deux fois"),
        ("a;b\n1;2\nSté; Dupont;IRM\n", "ligne 3 : plus de cellules que d’en-têtes"),
        ('a;b\n1;2\n3;"x\n4;5\n', "ligne 3 : elle est mal formée, un guillemet n’est pas refermé"),
        ("a;b\n1;2\0\n", "ligne 2 : elle contient un octet nul"),
        (b"\x01\0\x02\x03\x04;\n", "ligne 1 : elle contient un octet nul"),
        ('a;b\n1;"' + "x" * 140_000 + '"\n', "ligne 2 : elle est mal formée, une cellule dépasse 131072 caractères"),
        ("a;b\n1;" + "x" * (1 << 20) + "\n", "ligne 2 : elle est trop longue"),
        ("a;b\n" + "1;2\n" * 101, "ligne 102 : plus de 100 lignes, faites-en plusieurs fichiers"),
        (";".join(f"c{rank}" for rank in range(301)), "ligne 1 : plus de 300 colonnes"),
        ("a;b\n1;#REF!\n", "ligne 2 : une cellule est en erreur (#REF!)"),
        (b"%PDF-1.7\n", "c’est un document PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "c’est un classeur .xls"),
        (b"PK\x03\x04 torn", "ce n’est pas un classeur .xlsx lisible"),
        (zip_bomb(), "ce classeur se déplie en 40 Mio"),
    ],
)
def test_what_is_refused_with_its_line(read: Read, content: str | bytes, said: str) -> None:
    assert said in refusal(read, content)


def test_the_same_text_a_million_times_is_bounded(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_CHARACTERS", 50)
    assert "ligne 4 : trop de texte" in refusal(read, workbook(("A", [["a", "b"], *[["x" * 10] * 2] * 3])))


def test_blank_lines_are_bounded(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_LINES", 2)
    assert "ligne 6 : trop de lignes, même vides" in refusal(read, "a\n\n\n\n\nx\n")


# ---------------------------------------------------------------- workbooks


def test_cells_of_a_workbook_are_texts(read: Read) -> None:
    moment = datetime(2026, 3, 9, 7, 12)  # noqa: DTZ001 - a workbook holds no zone
    rows = [["a", "b", "c", "d"], [date(2026, 3, 9), moment, time(7, 12), 12.0], [True, None, 0.5, "x\r\ny"]]
    assert read(workbook(("A", rows))).lines == (
        (2, ("2026-03-09", "2026-03-09 07:12:00", "07:12:00", "12")),
        (3, ("true", "", "0.5", "x\ny")),
    )


def test_hidden_rows_and_columns_are_read_and_hidden_sheets_are_not(read: Read) -> None:
    rows = [HEAD, ["A", "B", "oui"], ["C", "D", "non"]]
    assert [line for _number, line in read(filtered(rows)).lines] == [("A", "B", "oui"), ("C", "D", "non")]
    content = workbook(("Vieux", [HEAD, ["X", "Y"]]), ("Registre", rows), hidden="Vieux")
    assert [line[0] for _number, line in read(content).lines] == ["A", "C"]


def test_the_first_sheet_that_holds_a_table_is_read(read: Read) -> None:
    content = workbook(("Lisez-moi", [["Ceci est le registre"]]), ("Registre", [HEAD, ["A", "B"]]), ("Codes", [["x"]]))
    cells = read(content)
    assert cells.lines == ((2, ("A", "B", "")),)
    assert (cells.sheet, cells.left) == ("Registre", ("Lisez-moi", "Codes"))


def test_a_text_has_no_sheet_and_a_blank_one_holds_nothing(read: Read) -> None:
    assert (read(TEXT).sheet, read(TEXT).left) == ("", ())
    assert read(workbook(("Registre", [HEAD, ["A", "B"]]), ("Feuil2", []))).left == ()


def test_two_sheets_of_the_same_columns_are_refused(read: Read) -> None:
    content = workbook(("Nord", [HEAD, ["A", "B"]]), ("Codes", [["x"]]), ("Sud", [HEAD, ["C", "D"]]))
    assert "plusieurs feuilles ont les mêmes colonnes (Nord, Sud)" in refusal(read, content)
    moved = [HEAD[1].upper(), HEAD[0], *HEAD[2:]]
    turned = workbook(("Nord", [HEAD, ["A", "B"]]), ("Sud", [moved, ["D", "C"]]))
    assert "plusieurs feuilles ont les mêmes colonnes (Nord, Sud)" in refusal(read, turned)


def test_merged_cells_are_refused_below_the_headings_alone(read: Read) -> None:
    rows = [HEAD, ["A", "B", "oui"], [None, "C", "non"], [None, "D", "non"]]
    assert "ligne 2 : des cellules y sont fusionnées" in refusal(read, workbook(("R", rows), merged="A2:A4"))
    assert read(workbook(("R", [["A", "B", "C"], ["1"]]), merged="C1:D1")).headings == ("A", "B", "C")


def test_a_formula_is_the_value_it_last_had_and_one_never_computed_is_refused(read: Read) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_formula(1, 0, "=1+1", None, 2)
        sheet.write_formula(1, 1, '=IF(1,"","x")', None, "nothing")
        sheet.write_formula(2, 0, "=A1&B1", None, "ab")
    as_excel = patched(content.getvalue(), b"<v>nothing</v>", b"<v></v>")  # an empty text is a result
    assert read(as_excel).lines == ((2, ("2", "")), (3, ("ab", "")))
    assert "ligne 3 : une formule n’y a jamais été calculée" in refusal(
        read, workbook(("R", [["a", "b"], ["1", "2"], ["=1+1", "x"]]))
    )


def test_more_columns_than_a_table_has(read: Read) -> None:
    assert "ligne 2 : plus de 300 colonnes" in refusal(read, workbook(("R", [["a", "b"], ["1"] * 301])))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(read: Read, tail: bytes) -> None:
    for head in (b"", b"a;b\n"):
        with contextlib.suppress(CollectError):
            cells = read(head + tail)
            assert all(len(line) == len(cells.headings) for _number, line in cells.lines)
