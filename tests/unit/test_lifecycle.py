"""The table of the life cycle of systems: what a name and a build say, and that the table is sane."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scanners.errors import SaidError
from scanners.lifecycle import dated, end_of_support, lifecycle, read_lifecycle, with_imported
from scanners.read_lifecycle import imported_text, keep_imported, text_of


@pytest.mark.parametrize(
    ("name", "version", "end"),
    [
        ("Windows 10 Professionnel", "10.0 (19045)", date(2025, 10, 14)),
        ("Microsoft Windows 10 Pro", "10.0.19045.3803", date(2025, 10, 14)),
        ("Windows 10 Entreprise LTSC", "10.0 (17763)", date(2029, 1, 9)),
        ("Windows 10 Enterprise", "10.0 (17763)", date(2021, 5, 11)),
        ("Windows 10 Pro", "", date(2025, 10, 14)),
        ("Windows 11 Professionnel", "10.0 (22631)", date(2025, 11, 11)),
        ("Windows 11 Éducation", "10.0 (22631)", date(2026, 11, 10)),
        ("Windows 11 Pro", "10.0 (99999)", None),
        ("WINDOWS  7 Professionnel", "6.1 (7601)", date(2020, 1, 14)),
        ("Windows XP Professional", "5.1 (2600)", date(2014, 4, 8)),
        ("Windows 8.1 Pro", "6.3 (9600)", date(2023, 1, 10)),
        ("Windows Server 2012 R2 Standard", "6.3 (9600)", date(2023, 10, 10)),
        ("Windows Server 2022 Datacenter", "", date(2031, 10, 14)),
        ("Windows Server 2003", "5.2 (3790)", date(2015, 7, 14)),
        ("Windows Server® 2008 Standard", "6.0 (6003)", date(2020, 1, 14)),
        ("Windows 2000 Server", "5.0 (2195)", date(2010, 7, 13)),
        ("Windows 2000 Professional", "5.0 (2195)", date(2010, 7, 13)),
        ("Windows NT", "4.0", date(2004, 12, 31)),
        ("Windows Vista™ Entreprise", "6.0 (6002)", date(2017, 4, 11)),
        ("Samba 4", "", None),
        ("Debian GNU/Linux", "12", None),
        ("", "", None),
    ],
)
def test_end_of_support(name: str, version: str, end: date | None) -> None:
    assert end_of_support(name, version, lifecycle()) == end


def test_the_life_cycle_table_is_sane() -> None:
    rows = lifecycle()
    keys = [(row.product, row.build, row.edition) for row in rows]
    assert len(set(keys)) == len(keys)
    tuesday = 1
    assert {row.end.weekday() for row in rows if "windows nt" not in row.product} == {tuesday}
    assert all(row.source.startswith("https://learn.microsoft.com/lifecycle/") for row in rows)


# ---------------------------------------------------------------- an imported table

ROW = (
    '{product: windows 11, version: "24H2", build: 26100, edition: pro, end: 2031-01-14, source: "x", seen: 2027-11-02}'
)
NEW = '{product: windows 12, version: "", build: 0, edition: "", end: 2035-01-09, source: "x", seen: 2027-11-01}'


def table(*rows: str) -> str:
    return "".join(f"- {row}\n" for row in rows)


def test_an_imported_row_replaces_that_of_the_same_version_and_the_others_stay() -> None:
    rows = with_imported(read_lifecycle(table(ROW, NEW), "t.yaml"))
    assert len(rows) == len(lifecycle()) + 1
    assert end_of_support("Windows 11 Pro", "10.0 (26100)", rows) == date(2031, 1, 14)
    assert end_of_support("Windows 12 Pro", "", rows) == date(2035, 1, 9)
    assert end_of_support("Windows 7 Professionnel", "6.1 (7601)", rows) == date(2020, 1, 14)
    assert dated(rows) == date(2027, 11, 2)
    assert dated(()) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "liste"),
        ("[]", "vide"),
        ("product: windows", "liste"),
        (table(ROW, ROW), "deux fois"),
        (table(ROW, NEW.replace("2035-01-09", "un jour")), "ligne 2 du tableau, end"),
        (table(ROW.replace("windows 11", "Windows 11")), "ligne 1 du tableau, product"),
        (table(ROW.replace("edition: pro", "edition: maison")), "edition"),
        (table(ROW.replace("build: 26100", "build: -1")), "build"),
        (table(ROW[:-1] + ", prix: 3}"), "prix"),
        (table(ROW.replace(", source", ", end: 2020-01-01, source")), "deux fois"),
        ("- " + "x" * 4_000_001, "caractères"),
        ("- &a [*a]", "alias"),
    ],
)
def test_a_doubtful_table_is_refused_whole(tmp_path: Path, text: str, said: str) -> None:
    keep_imported(tmp_path, table(NEW), "avant.yaml")
    with pytest.raises(SaidError) as refusal:
        keep_imported(tmp_path, text, "t.yaml")
    assert "t.yaml" in refusal.value.text.fr
    assert said in refusal.value.text.fr
    assert imported_text(tmp_path) == table(NEW)


def test_a_table_is_read_back_as_it_was_given(tmp_path: Path) -> None:
    assert imported_text(tmp_path) == ""
    keep_imported(tmp_path, table(ROW), "t.yaml")
    assert imported_text(tmp_path) == table(ROW)
    (tmp_path / "latin.yaml").write_bytes("- é".encode("cp1252"))
    for name, said in (("latin.yaml", "UTF-8"), ("absente.yaml", "absente.yaml")):
        with pytest.raises(SaidError) as refusal:
            text_of(tmp_path / name)
        assert said in refusal.value.text.fr
