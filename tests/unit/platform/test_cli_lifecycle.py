"""`care lifecycle`: a newer table of life cycles, on this machine, without a database."""

from __future__ import annotations

from pathlib import Path

from tests.unit.platform.test_cli import Run, run
from tests.unit.test_lifecycle import NEW, ROW, table

__all__ = ["run"]


def test_a_table_is_imported_and_its_age_is_told(run: Run, tmp_path: Path) -> None:
    assert "No imported table." in run("lifecycle", "state").err
    file = tmp_path / "table.yaml"
    file.write_text(table(ROW, NEW), encoding="utf-8")
    tried = run("lifecycle", "import", "--dry-run", str(file))
    assert "table.yaml: 2 versions, compiled up to 2027-11-02; 1 new, 1 with another date" in tried.err
    assert "No imported table." in run("lifecycle", "state").err
    run("lifecycle", "import", str(file))
    assert "Imported table: 2 versions, compiled up to 2027-11-02." in run("lifecycle", "state").err
    assert "Table importée : 2 versions, relevées jusqu’au 02/11/2027." in run("--lang", "fr", "lifecycle", "state").err


def test_a_wrong_table_is_one_sentence_and_changes_nothing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "table.yaml"
    file.write_text(table(ROW, ROW), encoding="utf-8")
    refused = run("lifecycle", "import", str(file))
    assert (refused.code, refused.err.count("\n")) == (3, 1)
    assert "is there twice" in refused.err
    assert run("lifecycle", "import", str(tmp_path / "none.yaml")).code == 3
    assert "No imported table." in run("lifecycle", "state").err
