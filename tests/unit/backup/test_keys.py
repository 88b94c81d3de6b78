"""A restic repository without its keys is lost; a wrong password is not."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from scanners.backup.collect_place import access_to
from scanners.backup.collect_repository import DamagedError, UnreadableError
from scanners.backup.collect_restic import ResticReader
from scanners.backup.facts import RepositoryPlan

_KEY = "0123456789abcdef" * 4


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One key file, and a restic that says what it says of a wrong password."""
    programs, folder = tmp_path / "bin", tmp_path / "depot"
    (folder / "keys").mkdir(parents=True)
    (folder / "keys" / _KEY).write_text("{}")
    (folder / "snapshots").mkdir()
    programs.mkdir()
    (programs / "restic").write_text("#!/bin/sh\necho 'Fatal: wrong password or no key found' >&2\nexit 1\n")
    (programs / "restic").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return folder


def opened(folder: Path, scratch: Path) -> None:
    planned = RepositoryPlan("depot", "restic", str(folder))
    ResticReader(access_to(planned, "", scratch), "secret", scratch, time.monotonic() + 60).open()


def test_a_refused_password_is_no_damage(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="password refused"):
        opened(repository, tmp_path)


@pytest.mark.parametrize(
    "wiped",
    [
        lambda keys: (keys / _KEY).unlink(),
        lambda keys: (keys / _KEY).rename(keys / f"{_KEY}.locked"),
        lambda keys: keys.rename(keys.with_name("autre")),
    ],
)
def test_a_repository_without_a_key_is_damaged(
    repository: Path, tmp_path: Path, wiped: Callable[[Path], object]
) -> None:
    wiped(repository / "keys")
    with pytest.raises(DamagedError, match="no key file"):
        opened(repository, tmp_path)


def test_a_folder_that_restic_never_wrote_is_no_damage(repository: Path, tmp_path: Path) -> None:
    (repository / "snapshots").rmdir()
    (repository / "keys" / _KEY).unlink()
    (repository / "keys").rmdir()
    with pytest.raises(UnreadableError):
        opened(repository, tmp_path)
