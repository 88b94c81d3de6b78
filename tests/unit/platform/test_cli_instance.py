"""`care instance`: backup, verify and restore from the command line; what a running platform forbids."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pyrage import x25519

from care.services.instance.occupancy import alone_in, working_in
from care.services.instance.swap import JOURNAL
from tests.unit.platform.test_cli import Result, ready, run

__all__ = ["ready", "run"]

Run = Callable[..., Result]
ROOT = Path(__file__).parents[3]
PHRASE = "une longue phrase de passe"


@pytest.fixture
def phrase(tmp_path: Path) -> Path:
    path = tmp_path / "phrase.txt"
    path.write_text(f"{PHRASE}\n", encoding="utf-8")
    return path


def only(folder: Path) -> Path:
    (found,) = folder.iterdir()
    return found


def test_an_installation_goes_and_comes_back(ready: Run, tmp_path: Path, phrase: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    made = ready("instance", "backup", str(disk), "--passphrase-file", str(phrase), "--keep", "3")
    assert (made.code, made.out) == (0, ""), made.err
    assert "written and read again" in made.err
    file = str(only(disk))
    sound = ready("instance", "verify", file, "--passphrase-file", str(phrase))
    assert sound.code == 0, sound.err
    assert "Sound backup" in sound.err
    assert ready("user", "add", "--login", "r", "--name", "R", "--role", "administrator", "--generate").code == 0
    before = ready("user", "list").out
    back = ready("instance", "restore", file, "--passphrase-file", str(phrase), "--yes")
    assert back.code == 0, back.err
    assert "care.sqlite3.before-restore" in back.err
    assert ready("user", "list").out != before
    assert "1 events" in ready("db", "verify-trail").err
    assert ready("db", "status").code == 0


def test_the_secret_comes_from_standard_input_too(
    ready: Run, tmp_path: Path, phrase: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PHRASE}\n"))
    assert ready("instance", "backup", str(disk), "--passphrase-file", "-").code == 0
    assert ready("instance", "verify", str(only(disk)), "--passphrase-file", str(phrase)).code == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert "Nothing came" in ready("instance", "backup", str(disk), "--passphrase-file", "-").err


def test_a_recipient_closes_and_its_key_file_opens(ready: Run, tmp_path: Path) -> None:
    disk, key = tmp_path / "disk", tmp_path / "key.txt"
    disk.mkdir()
    own = x25519.Identity.generate()
    key.write_text(f"# created: today\n# public key: {own.to_public()}\n{own}\n")
    assert ready("instance", "backup", str(disk), "--recipient", str(own.to_public())).code == 0
    assert ready("instance", "verify", str(only(disk)), "--identity-file", str(key)).code == 0


def test_an_installation_at_work_is_not_replaced(ready: Run, tmp_path: Path, phrase: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    assert ready("instance", "backup", str(disk), "--passphrase-file", str(phrase)).code == 0
    with working_in(tmp_path / "var"):
        refused = ready("instance", "restore", str(only(disk)), "--passphrase-file", str(phrase), "--yes")
    assert (refused.code, "stop “care serve”" in refused.err) == (3, True)
    with alone_in(tmp_path / "var"):
        assert "is being restored" in ready("db", "recount").err


def test_every_command_ends_a_restore_that_was_cut(ready: Run, tmp_path: Path) -> None:
    data = tmp_path / "var"
    (data / "seal.key.restoring").write_text("celle de la sauvegarde")
    (data / JOURNAL).write_text(json.dumps({"finals": [str(data / "seal.key")], "mark": ""}))
    assert "a restore was cut" in ready("doctor", "--json").out
    assert (data / JOURNAL).exists()
    assert ready("db", "recount").code == 0
    assert (data / "seal.key").read_text() == "celle de la sauvegarde"
    assert not (data / JOURNAL).exists()


def test_the_wsgi_entry_holds_the_installation(ready: Run, tmp_path: Path) -> None:
    """A server of applications other than `care serve` is not restored under either."""
    program = (
        "import app, sys\n"
        "from care.services.instance.occupancy import alone_in\n"
        "from scanners.errors import SaidError\n"
        "try:\n"
        "    with alone_in(app.settings.data_dir): pass\n"
        "except SaidError as refused: sys.exit(str(refused))\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "CaRE is running on this data folder" in ran.stderr
    with alone_in(tmp_path / "var"):
        ran = subprocess.run(
            [sys.executable, "-c", "import app"], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert "is being restored" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("backup", "."), 2, "one of them"),
        (("backup", ".", "--recipient", "age1x"), 3, "public key is none"),
        (("verify", "absent", "--passphrase-file", "phrase.txt"), 3, "cannot be read"),
        (("verify", "phrase.txt", "--passphrase-file", "phrase.txt"), 3, "no sound backup"),
        (("verify", "phrase.txt"), 2, "one of them"),
        (("restore", "phrase.txt", "--yes", "--passphrase-file", "phrase.txt"), 3, "no sound backup"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    ready: Run,
    phrase: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = ready("instance", *arguments)
    assert (refused.code, said in refused.err, len(refused.err.splitlines())) == (code, True, 1), refused.err
