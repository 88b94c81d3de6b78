"""`care framework` on a laptop without a database."""

from __future__ import annotations

from pathlib import Path

import pytest

from care.cli import main
from tests.support.frameworks import INS, criteria, document, requirement, yaml_bytes


@pytest.fixture(autouse=True)
def french(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARE_LANG", raising=False)
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")


def care(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["framework", *arguments])
    said = capsys.readouterr()
    return int(end.value.code or 0), said.out, said.err


def test_those_shipped_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = care(capsys, "list")
    assert code == 0
    assert "care-d2" in out
    assert "ReCyF" in out
    code, out, _ = care(capsys, "show", "care-d2")
    assert code == 0
    assert "  P1 Une politique de sécurité validée et à jour [calcul, document]" in out


def test_one_shipped_goes_out_in_both_forms_and_is_checked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name in ("hds.yaml", "hds.xlsx"):
        assert care(capsys, "export", "hds", "-o", str(tmp_path / name))[0] == 0
        code, _, said = care(capsys, "check", str(tmp_path / name))
        assert code == 0
        assert "hds 2 peut être importé : 59 exigences, 0 dates et seuils." in said


def test_a_manual_is_checked_with_its_year(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "manuel.xlsx"
    path.write_bytes(criteria(INS))
    assert care(capsys, "check", str(path))[0] == 3
    code, _, said = care(capsys, "check", str(path), "--version", "2025")
    assert code == 0
    assert "has-manual 2025 peut être importé : 2 exigences" in said


def test_faults_are_told_and_nothing_is_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "un.yaml"
    path.write_bytes(yaml_bytes(document("1", requirement("A", "x"), requirement("A", "y"))))
    code, _, said = care(capsys, "export", str(path), "-o", str(tmp_path / "deux.xlsx"))
    assert code == 3
    assert "identifiant donné deux fois" in said
    assert not (tmp_path / "deux.xlsx").exists()
    code, _, said = care(capsys, "show", "nulle-part")
    assert code == 3
    assert "`care framework list`" in said
    code, _, said = care(capsys, "export", "hds", "-o", str(tmp_path / "hds.pdf"))
    assert code == 2
    assert "finit par .yaml ou .xlsx" in said
