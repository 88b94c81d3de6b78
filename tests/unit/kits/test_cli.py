"""`care remediation` on a laptop without a database."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from care.cli import main


@pytest.fixture(autouse=True)
def french(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARE_LANG", raising=False)
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")


def care(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["remediation", *arguments])
    said = capsys.readouterr()
    return int(end.value.code or 0), said.out, said.err


def test_sheets_are_listed_and_found_by_rule(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = care(capsys, "list")
    assert code == 0
    assert "ad_krbtgt" in out
    assert "backup_copies" in out
    _, out, _ = care(capsys, "list", "--rule", "pingcastle.A-Krbtgt")
    assert "Renouveler le mot de passe de krbtgt" in out
    assert "backup_copies" not in out


def test_a_sheet_is_shown_whole_by_its_name_or_a_rule(capsys: pytest.CaptureFixture[str]) -> None:
    _, by_name, _ = care(capsys, "show", "ra_sshd")
    _, by_rule, _ = care(capsys, "show", "remote_access.root_login")
    assert by_name == by_rule
    assert "[Administrateur des serveurs]" in by_name
    assert "       PermitRootLogin no" in by_name
    assert "   Revenir : " in by_name
    code, _, err = care(capsys, "show", "nothing")
    assert (code, "Ni fiche ni règle ne s’appelle nothing" in err) == (2, True)


def test_a_playbook_is_written_for_named_machines(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    hosts, output = tmp_path / "hosts.txt", tmp_path / "out.zip"
    hosts.write_text("gw2.hopital.fr\n\n10.0.0.4\n")
    rules = ("--rule", "remote_access.root_login", "--rule", "remote_access.user_environment")
    code, _, err = care(capsys, "playbook", *rules, "--hosts", "gw1", "--hosts-file", str(hosts), "-o", str(output))
    assert (code, "3 machine(s)" in err) == (0, True)
    with zipfile.ZipFile(output) as archive:
        inventory, play = archive.read("inventory.yml").decode(), archive.read("playbook.yml").decode()
    assert all(host in inventory for host in ("gw1", "gw2.hopital.fr", "10.0.0.4"))
    assert "PermitUserEnvironment" in play
    before = output.read_bytes()
    care(capsys, "playbook", *rules, "--hosts", "gw1", "--hosts-file", str(hosts), "-o", str(output))
    assert output.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rule", "ad.krbtgt_password_age", "--hosts", "dc1"), "Aucun playbook"),
        (("--rule", "remote_access.root_login", "--rule", "exposure.smb1_enabled", "--hosts", "a"), "Aucun playbook"),
        (("--rule", "remote_access.none", "--hosts", "dc1"), "Ni fiche ni règle"),
        (("--rule", "remote_access.root_login"), "Donnez de 1 à"),
        (("--rule", "remote_access.root_login", "--hosts", "a,$(id)"), "'$(id)'"),
    ],
)
def test_a_wrong_call_says_why_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    code, _, err = care(capsys, "playbook", *arguments, "-o", str(tmp_path / "out.zip"))
    assert code == 2
    assert said in err
    assert list(tmp_path.iterdir()) == []
