"""`care crisis-pack`: a folder or a locked file, whole or not at all."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import pyzipper

from tests.support.crisis import plant_contacts
from tests.support.people import Hospitals
from tests.unit.platform.test_cli import Run, ready, run  # the same installation
from tests.unit.platform.test_import_cli import VALLEY, hospitals, opened

__all__ = ["hospitals", "ready", "run"]
PHRASE = "le café du lundi matin"


@pytest.fixture
def planted(tmp_path: Path, hospitals: Hospitals) -> None:
    with opened(tmp_path) as platform:
        plant_contacts(platform, hospitals.valley)


def test_a_folder_is_written_whole_and_never_over_another(ready: Run, tmp_path: Path, planted: None) -> None:
    key = tmp_path / "key"
    done = ready("crisis-pack", "--establishment", VALLEY, "-o", str(key))
    assert (done.code, done.out) == (0, "")
    (folder,) = key.iterdir()
    assert str(folder) in done.err
    assert (folder / "crisis-pack.pdf").read_bytes().startswith(b"%PDF")
    assert subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True).returncode == 0
    assert (folder / "contacts.csv").stat().st_mode & 0o777 == 0o600
    again = ready("crisis-pack", "--establishment", VALLEY, "-o", str(key))
    assert again.code == 2
    assert "already exists" in again.err
    assert list(key.iterdir()) == [folder]


def test_a_locked_file_opens_with_its_passphrase(ready: Run, tmp_path: Path, planted: None) -> None:
    secret = tmp_path / "phrase"
    secret.write_text(f"{PHRASE}\n", "utf-8")
    asked = ("crisis-pack", "--establishment", VALLEY, "-o", str(tmp_path / "key"), "--encrypt", "zip")
    assert ready(*asked, "--passphrase-file", str(secret)).code == 0
    (file,) = (tmp_path / "key").iterdir()
    with pyzipper.AESZipFile(file) as archive:
        archive.setpassword(PHRASE.encode())
        assert archive.read("crisis-pack.pdf").startswith(b"%PDF")
    secret.write_text("court\n", "utf-8")
    weak = ready(*asked[:4], str(tmp_path / "other"), *asked[5:], "--passphrase-file", str(secret))
    assert weak.code == 2
    assert "12 characters" in weak.err
    assert not (tmp_path / "other").exists()


def test_an_unknown_establishment_is_said(ready: Run, tmp_path: Path, hospitals: Hospitals) -> None:
    done = ready("crisis-pack", "--establishment", "999999999", "-o", str(tmp_path / "key"))
    assert done.code == 3
    assert "999999999" in done.err
    assert not (tmp_path / "key").exists()


def test_a_place_that_cannot_be_written_is_said(ready: Run, tmp_path: Path, planted: None) -> None:
    (tmp_path / "file").write_text("in the way")
    done = ready("crisis-pack", "--establishment", VALLEY, "-o", str(tmp_path / "file" / "below"))
    assert done.code == 3
    assert "could not be written" in done.err
