"""CSV and XLSX files: read again by `csv` and `openpyxl`, whatever the texts hold."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import spreadsheets
from reports.errors import ReportError
from reports.spreadsheets import MOST_CHARACTERS, Cell, Euros, Sheet, csv_bytes, csv_chunks, xlsx_bytes

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(1;2)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\uff1d1+1",
    '";=1+1;"',
    "a,=1+1",
    "=HYPERLINK(\"https://pirate.test\";\"clic\")",
]  # fmt: skip
NASTY = ["\x00\x07\x1b[31m", "fin\u202egpj.exe", "\ud800", "\ufffe", "_x0041_", "é" * 40_000, "😀" * 20_000, "", " "]


def read_csv(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";", strict=True))


def read_xlsx(content: bytes, *, computed: bool = True) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=computed)
    return {page.title: [tuple(cell.value for cell in row) for row in page.iter_rows()] for page in book.worksheets}


def only(cell: Cell) -> openpyxl.cell.cell.Cell:
    """The cell that a workbook of one cell holds."""
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes([Sheet("Feuille", ["Titre"], [[cell]])])))
    found = book.worksheets[0]["A2"]
    assert isinstance(found, openpyxl.cell.cell.Cell)
    return found


class TestCsv:
    def test_is_what_french_spreadsheets_open(self) -> None:
        rows = [["Poste n° 1", 12, 2.5, Euros(1_250_050), date(2026, 3, 1), datetime(2026, 3, 1, 9, 5, tzinfo=UTC)]]
        content = csv_bytes(["Nom", "Nombre", "Jours", "Coût", "Échéance", "Vu"], [*rows, [None] * 6])
        assert content.decode("utf-8-sig").splitlines() == [
            "Nom;Nombre;Jours;Coût;Échéance;Vu",
            "Poste n° 1;12;2,5;12500,50;2026-03-01;2026-03-01 09:05",
            ";;;;;",
        ]

    @pytest.mark.parametrize(
        ("cents", "written"), [(-5, "-0,05"), (-150, "-1,50"), (7, "0,07"), (10**15, f"{10**13},00")]
    )
    def test_cents_are_exact(self, cents: int, written: str) -> None:
        assert read_csv(csv_bytes(["Coût"], [[Euros(cents)]]))[1] == [written]

    @pytest.mark.parametrize("text", HOSTILE)
    def test_no_text_is_a_formula(self, text: str) -> None:
        content = csv_bytes([text], [[text, text]])
        for cell in [cell for row in read_csv(content) for cell in row]:
            assert not re.match(r"\s*[=+\-@\uff1d]", cell), cell
            assert ",=" not in cell

    def test_line_ends_stay_inside_their_cell(self) -> None:
        assert read_csv(csv_bytes(["a", "b"], [["un\ndeux\r\ntrois", "x"]]))[1] == ["un deux trois", "x"]

    def test_nothing_hides(self) -> None:
        assert read_csv(csv_bytes(["a"], [["fin\u202egpj.exe\x07"]]))[1] == ["fin\\u{202e}gpj.exe\\u{7}"]

    def test_pieces_make_the_same_file(self) -> None:
        rows = [[f"ligne {rank}", rank] for rank in range(1_600)]
        pieces = list(csv_chunks(["a", "b"], iter(rows)))
        assert len(pieces) == 5
        assert b"".join(pieces) == csv_bytes(["a", "b"], rows)
        assert len(read_csv(b"".join(pieces))) == 1_601

    @given(st.lists(st.lists(st.text(), min_size=3, max_size=3)))
    def test_any_text_keeps_the_shape(self, rows: list[list[str]]) -> None:
        found = read_csv(csv_bytes(["a", "b", "c"], rows))
        assert [len(row) for row in found] == [3] * (len(rows) + 1)
        assert not [cell for row in found for cell in row if cell.lstrip()[:1] in {"=", "+", "-", "@"} and cell]


class TestXlsx:
    def test_keeps_types(self) -> None:
        seen = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
        header = ("Nom", "Nombre", "Coût", "Échéance", "Vu", "Rien")
        row = ("Poste", 12, Euros(1_250_050), date(2026, 3, 1), seen, None)
        found = read_xlsx(xlsx_bytes([Sheet("Feuille", header, [row])]))
        assert found["Feuille"] == [
            header, ("Poste", 12, 12_500.5, datetime(2026, 3, 1), datetime(2026, 3, 1, 9, 5), None),  # noqa: DTZ001
        ]  # fmt: skip

    @pytest.mark.parametrize("text", HOSTILE)
    def test_no_text_is_a_formula_or_a_link(self, text: str) -> None:
        cell = only(text)
        assert cell.data_type == "s"
        assert cell.hyperlink is None
        assert "".join(str(cell.value).split()) == "".join(text.split())

    @pytest.mark.parametrize("text", NASTY)
    def test_nasty_texts_are_readable_again(self, text: str) -> None:
        value = only(text).value or ""
        assert isinstance(value, str)
        assert len(value.encode("utf-16-le")) // 2 <= MOST_CHARACTERS
        assert not re.search("[\x00-\x08\u202e\ud800-\udfff\ufffe]", value)

    def test_a_long_text_says_what_is_left_out(self) -> None:
        assert str(only("é" * 40_000).value).endswith(f" … [+{40_000 - MOST_CHARACTERS // 2}]")

    def test_a_day_before_1900_is_a_text(self) -> None:
        assert only(date(1899, 12, 31)).value == "1899-12-31"

    def test_totals_are_formulas_with_their_value(self) -> None:
        rows = [("a", 2026, Euros(10)), ("b", 2027, Euros(20)), ("c", 2028, None)]
        content = xlsx_bytes([Sheet("Plan", ("Action", "Année", "Coût"), rows, total="Total")])
        assert read_xlsx(content)["Plan"][-1] == ("Total", None, 0.3)
        assert read_xlsx(content, computed=False)["Plan"][-1][2] == "=SUBTOTAL(109,C2:C4)"

    def test_without_amounts_there_is_no_total(self) -> None:
        assert len(read_xlsx(xlsx_bytes([Sheet("Plan", ("Action",), [("a",)], total="Total")]))["Plan"]) == 2

    def test_same_sheets_give_the_same_bytes_without_the_hour(self) -> None:
        sheets = [Sheet("Plan", ("Action", "Coût"), [("a", Euros(10))], total="Total")]
        content = xlsx_bytes(sheets, "Plan d’investissement")
        assert content == xlsx_bytes(sheets, "Plan d’investissement")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert {info.date_time[0] for info in archive.infolist()} == {1980}

    def test_the_header_stays_and_filters(self) -> None:
        page = openpyxl.load_workbook(io.BytesIO(xlsx_bytes([Sheet("Plan", ("a", "b"), [("x", 1)])]))).worksheets[0]
        assert (page.freeze_panes, page.auto_filter.ref) == ("B2", "A1:B2")

    def test_names_of_sheets_are_accepted_and_distinct(self) -> None:
        names = ["Par année / entité: [détail]", "a" * 60, "A" * 60, "", "'", "History", "a" * 60, "x\x00y\u202ez"]
        found = list(read_xlsx(xlsx_bytes([Sheet(name, ("a",), []) for name in names])))
        assert len({name.lower() for name in found}) == len(names)
        assert max(map(len, found)) <= 31

    def test_too_many_lines_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(spreadsheets, "MOST_ROWS", 5)
        rows = [("x",)] * 4
        with pytest.raises(ReportError, match="5 lines at most"):
            xlsx_bytes([Sheet("Plan", ("a",), rows)])
        assert xlsx_bytes([Sheet("Plan", ("a",), rows[:3])])

    @given(st.lists(st.text(max_size=40), max_size=5))
    def test_any_text_is_stored_as_text(self, texts: list[str]) -> None:
        content = xlsx_bytes([Sheet("x", ("a",), [[text] for text in texts])])
        book = openpyxl.load_workbook(io.BytesIO(content))
        types = [cell.data_type for (cell,) in book.worksheets[0].iter_rows(min_row=2) if cell.value is not None]
        assert set(types) <= {"s"}
