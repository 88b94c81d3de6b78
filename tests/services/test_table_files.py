"""Tables that people send are read in a process of their own: whatever they hold, that of the pages goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from care.services import table_files
from care.services.errors import Invalid
from care.services.table_files import read_table, table_of_text
from scanners.collection import Limits
from scanners.errors import CollectError
from scanners.lists import collection
from scanners.lists.collection import read_in_child, see_in_child
from scanners.lists.kinds import ListKind
from scanners.lists.reading import ListFile

TEXT = "Nom;OS\nPC-1;Windows 11\n"


def children() -> set[str]:
    found = set()
    for task in Path("/proc/self/task").iterdir():
        found |= set((task / "children").read_text().split())
    return found


def listed(tmp_path: Path, text: str = TEXT) -> ListFile:
    place = tmp_path / "list"
    place.write_text(text, encoding="utf-8")
    return ListFile(ListKind.INVENTORY, "glpi.csv", str(place))


def test_a_table_read_in_its_child() -> None:
    before = children()
    table = read_table("\n\u202eFournisseur;Équipement\nMédimage;IRM\n".encode(), "reg\u202eistre.csv")
    assert (table.headings, table.line, table.name) == (("\u202eFournisseur", "Équipement"), 2, "registre.csv")
    assert [(line.number, line.cells) for line in table.lines] == [(3, ("Médimage", "IRM"))]
    assert children() <= before


def test_a_refusal_crosses_the_process_in_both_languages() -> None:
    with pytest.raises(Invalid) as refusal:
        read_table(b"a;a\n1;2\n", "registre.csv")
    said = refusal.value.fields["file"]
    assert said.fr.startswith("Le fichier registre.csv est refusé : ligne 1 : la colonne « a » y est deux fois")
    assert said.en.startswith("The file registre.csv is refused: line 1: the column “a” is there twice")


def test_a_file_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    before = children()
    with pytest.raises(CollectError, match="took more than 0 s and was stopped; export it as CSV"):
        read_in_child(TEXT.encode(), "lent.xlsx", 10, Limits(seconds=0.0))
    with pytest.raises(CollectError, match=r"glpi\.csv is refused: reading it took more than"):
        see_in_child(listed(tmp_path), None, Limits(seconds=0.0))
    assert children() <= before


def test_a_file_that_takes_too_much_memory_is_told(tmp_path: Path) -> None:
    large = "Nom;OS\n" + "".join(f"PC-{rank};{'x' * 400}\n" for rank in range(20_000))
    little = Limits(memory_bytes=64 << 20)
    with pytest.raises(CollectError, match=r"gros\.csv is refused: it takes more than 64 MiB of memory"):
        read_in_child(large.encode(), "gros.csv", 50_000, little)
    with pytest.raises(CollectError, match=r"glpi\.csv is refused: it takes more than 64 MiB of memory"):
        see_in_child(listed(tmp_path, large), None, little)


def test_a_reading_that_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "_CELLS_MODULE", "scanners.lists.no_such_module")
    with pytest.raises(CollectError, match=r"ended without a result .*No module named"):
        read_in_child(TEXT.encode(), "x.csv", 10)


def test_two_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "PATIENCE_SECONDS", 0.01)
    busy = pytest.raises(CollectError, match=r"c\.csv was not read: others are being read now")
    with collection._a_place("a.csv"), collection._a_place("b.csv"), busy:
        read_in_child(TEXT.encode(), "c.csv", 10)
    assert read_in_child(TEXT.encode(), "c.csv", 10).lines == ((2, ("PC-1", "Windows 11")),)


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_files, "MAX_BYTES", 10)
    with pytest.raises(Invalid, match=r"big\.csv is over 10 MB"):
        read_table(b"a;b\n1;2\n3;4\n", "big.csv")
    with pytest.raises(Invalid, match="line 3: more than 1 lines"):
        table_of_text("a\n1\n2\n", "lignes", 1)


def test_what_is_seen_of_a_list_fits_in_a_page(tmp_path: Path) -> None:
    many = "Nom;OS\n" + "".join(f"PC-{rank};W\n" for rank in range(30_000)) + ";W\n" * 2_000
    former = tmp_path / "former"
    former.write_text("Nom;OS\nPC-1;W\nOLD;W\n")
    seen = see_in_child(listed(tmp_path, many), ListFile(ListKind.INVENTORY, "f.csv", str(former)))
    assert (seen.lines, len(seen.shown), len(seen.faults), seen.refused) == (32_000, 10, 1_000, None)
    assert seen.shown[0] == ("PC-0", "W")
    assert seen.difference is not None
    assert (seen.difference.new, seen.difference.gone_names) == (29_999, ("OLD",))
    assert "glpi.csv, ligne 30002 : 2000 valeur(s)" in seen.told[0].fr
