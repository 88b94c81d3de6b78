"""Folders that turn, files that land, dumps: points, figures, checks, restores; nothing is written there."""

from __future__ import annotations

import gzip
import os
import shutil
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from scanners.backup.collect_dumps import DumpReader
from scanners.backup.collect_files import DropReader
from scanners.backup.collect_folder import manifest_at
from scanners.backup.collect_process import ToolStoppedError
from scanners.backup.collect_repository import (
    DamagedError,
    Limits,
    RepositoryReader,
    StoredFile,
    UncheckedError,
    UnreadableError,
    read_repository,
)
from scanners.backup.collect_rotation import RotationReader
from tests.lab.backup import tree_hash

NOW = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)
LIMITS = Limits(seconds=60, check_bytes=1 << 20, sample_files=5, sample_bytes=1 << 20)
SQL = b"--\n-- PostgreSQL database dump\n--\nSELECT 1;\n--\n-- PostgreSQL database dump complete\n--\n\n"


def later() -> float:
    return time.monotonic() + 60


def dated(path: Path, age: timedelta) -> None:
    moment = (NOW - age).timestamp()
    os.utime(path, (moment, moment))


@pytest.fixture
def rotation(tmp_path: Path) -> Path:
    """Three nights of two files, with a stranger beside them."""
    root = tmp_path / "rotation"
    for night in range(3):
        turn = root / f"daily.{night}"
        (turn / "srv" / "etc").mkdir(parents=True)
        (turn / "srv" / "etc" / "hosts").write_text("127.0.0.1")
        (turn / "srv" / "dossier.bin").write_bytes(b"x" * 1_000)
        (turn / "lien").symlink_to("/etc/passwd")
        dated(turn, timedelta(days=night, hours=2))
    (root / "lost+found").mkdir()
    (root / "daily.x").mkdir()
    (root / "hourly.0").symlink_to(root / "daily.0")
    return root


def manifest(folder: Path) -> None:
    files = sorted(file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    lines = [f"{sha256(file.read_bytes()).hexdigest()}  ./{file.relative_to(folder)}\n" for file in files]
    status = folder.stat()
    (folder / "SHA256SUMS").write_text("".join(lines))
    os.utime(folder, ns=(status.st_atime_ns, status.st_mtime_ns))


# ---------------------------------------------------------------- folders that turn


def test_turns_are_points_by_date_and_the_two_newest_are_weighed(rotation: Path) -> None:
    opened = RotationReader(rotation, later()).open()
    assert [(point.id, point.size, point.files) for point in opened.snapshots] == [
        ("20260310T040000Z", 1_009, 2),
        ("20260309T040000Z", 1_009, 2),
        ("20260308T040000Z", None, None),
    ]


def test_a_point_keeps_its_name_when_the_folders_turn(rotation: Path) -> None:
    before = {point.id for point in RotationReader(rotation, later()).open().snapshots}
    for night in reversed(range(3)):
        (rotation / f"daily.{night}").rename(rotation / f"daily.{night + 1}")
    assert {point.id for point in RotationReader(rotation, later()).open().snapshots} == before


def test_without_a_manifest_nothing_is_checked_and_that_is_said(rotation: Path, tmp_path: Path) -> None:
    reading = read_repository("r", RotationReader(rotation, later()), LIMITS, scratch(tmp_path), NOW)
    assert reading.gaps == []
    assert (reading.repository.check, reading.repository.unchecked) == (None, True)
    assert reading.repository.restore is not None
    assert reading.repository.restore.good


@pytest.mark.parametrize("spoil", [lambda file: file.write_bytes(b"y" * 1_000), lambda file: file.unlink()])
def test_a_file_that_differs_from_the_manifest_is_damage(
    rotation: Path, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    manifest(rotation / "daily.0")
    good = read_repository("r", RotationReader(rotation, later()), LIMITS, scratch(tmp_path), NOW)
    assert good.repository.check is not None
    assert good.repository.check.sound
    spoil(rotation / "daily.0" / "srv" / "dossier.bin")
    bad = read_repository("r", RotationReader(rotation, later()), LIMITS, scratch(tmp_path), NOW)
    assert bad.repository.check is not None
    assert not bad.repository.check.sound


def test_the_shares_of_a_manifest_cover_it(rotation: Path) -> None:
    manifest(rotation / "daily.0")
    (rotation / "daily.0" / "srv" / "dossier.bin").write_bytes(b"y")
    found = []
    for part in (1, 2):
        reader = RotationReader(rotation, later())
        reader.open()
        try:
            reader.check(part, 2)
        except DamagedError:
            found.append(part)
    assert len(found) == 1


def test_a_manifest_cannot_lead_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "SHA256SUMS"
    path.write_text(f"{'0' * 64}  ../dehors\n{'1' * 64}  /etc/passwd\n{'2' * 64} *dedans\npas une ligne\n")
    assert manifest_at(path) == {"dedans": "2" * 64}


def test_no_time_left_stops_the_reading(rotation: Path) -> None:
    with pytest.raises(ToolStoppedError):
        RotationReader(rotation, time.monotonic() - 1).open()


def test_a_link_put_in_the_place_of_a_file_is_not_followed(rotation: Path, tmp_path: Path) -> None:
    reader = RotationReader(rotation, later())
    newest = reader.open().snapshots[0].id
    file = rotation / "daily.0" / "srv" / "dossier.bin"
    file.unlink()
    file.symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="symbolic"):
        reader.restore(newest, [StoredFile("srv/dossier.bin", 1_000)], tmp_path / "back")


# ---------------------------------------------------------------- files that land


def drop(folder: Path, tmp_path: Path, pattern: str = "*") -> DropReader:
    return DropReader(folder, pattern, tmp_path, later())


@pytest.fixture
def landed(tmp_path: Path) -> Path:
    folder = tmp_path / "depot"
    folder.mkdir()
    for night in range(3):
        file = folder / f"paie-2026-03-{10 - night:02}.bin"
        file.write_bytes(bytes([night]) * (100 + night))
        dated(file, timedelta(days=night))
    for other in (".caché", "paie-en-cours.bin.part", "lisez-moi.txt"):
        (folder / other).write_text("x")
    (folder / "sous-dossier").mkdir()
    (folder / "lien.bin").symlink_to("/etc/passwd")
    return folder


def test_files_that_ended_to_land_are_points_of_one_source(landed: Path, tmp_path: Path) -> None:
    points = sorted(drop(landed, tmp_path, "paie-*").open().snapshots, key=lambda point: point.time)
    assert [(point.id, point.size, point.series) for point in points] == [
        ("paie-2026-03-08.bin", 102, "paie-#-#-#.bin"),
        ("paie-2026-03-09.bin", 101, "paie-#-#-#.bin"),
        ("paie-2026-03-10.bin", 100, "paie-#-#-#.bin"),
    ]


def test_a_folder_of_encrypted_files_says_so(landed: Path, tmp_path: Path) -> None:
    assert drop(landed, tmp_path).open().encryption == ""
    for file in landed.glob("paie-2026*"):
        file.rename(file.with_suffix(".gpg"))
    assert drop(landed, tmp_path, "*.gpg").open().encryption == "encrypted files"


def checked(reader: DropReader) -> None:
    reader.open()
    reader.check(1, 1)


def test_a_hash_kept_beside_a_file_is_checked(landed: Path, tmp_path: Path) -> None:
    with pytest.raises(UncheckedError):
        checked(drop(landed, tmp_path, "paie-2026*"))
    file = landed / "paie-2026-03-10.bin"
    (landed / f"{file.name}.sha256").write_text(f"{sha256(file.read_bytes()).hexdigest()}  {file.name}\n")
    checked(drop(landed, tmp_path, "paie-2026*"))
    file.write_bytes(b"autre")
    with pytest.raises(DamagedError, match="hash"):
        checked(drop(landed, tmp_path, "paie-2026*"))


def test_archives_cut_short_are_damage(tmp_path: Path) -> None:
    folder = tmp_path / "archives"
    folder.mkdir()
    (folder / "a.gz").write_bytes(gzip.compress(os.urandom(10_000)))
    with zipfile.ZipFile(folder / "b.zip", "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("dedans", os.urandom(10_000))
    checked(drop(folder, tmp_path))
    for file in (folder / "a.gz", folder / "b.zip"):
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(DamagedError):
            checked(drop(folder, tmp_path, file.name))


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_damaged_inside_is_damage_whatever_its_method(tmp_path: Path, method: int) -> None:
    folder = tmp_path / "archives"
    folder.mkdir()
    with zipfile.ZipFile(folder / "a.zip", "w", method) as bundle:
        bundle.writestr("dedans", b"un dossier " * 5_000)
    checked(drop(folder, tmp_path))
    whole = bytearray((folder / "a.zip").read_bytes())
    whole[36:100] = b"\xff" * 64  # the data follow a header of 30 bytes and a name of 6
    (folder / "a.zip").write_bytes(whole)
    with pytest.raises(DamagedError):
        checked(drop(folder, tmp_path))


def hashed(file: Path) -> None:
    file.with_name(f"{file.name}.sha256").write_text(f"{sha256(file.read_bytes()).hexdigest()}  {file.name}\n")


def test_only_a_newest_file_with_a_hash_makes_a_sound_check(landed: Path, tmp_path: Path) -> None:
    def state() -> tuple[bool, bool | None, bool | None]:
        reader = drop(landed, tmp_path, "paie-2026*")
        read = read_repository("d", reader, LIMITS, scratch(tmp_path), NOW).repository
        return read.unchecked, read.check and read.check.sound, read.check and read.check.newest_only

    hashed(landed / "paie-2026-03-08.bin")
    assert state() == (True, None, None)
    hashed(landed / "paie-2026-03-10.bin")
    assert state() == (False, True, True)
    hashed(landed / "paie-2026-03-09.bin")
    assert state() == (False, True, False)


def test_damage_of_an_older_file_is_told_when_nothing_checks_the_newest(landed: Path, tmp_path: Path) -> None:
    hashed(landed / "paie-2026-03-08.bin")
    (landed / "paie-2026-03-08.bin").write_bytes(b"autre")
    dated(landed / "paie-2026-03-08.bin", timedelta(days=2))
    with pytest.raises(DamagedError):
        checked(drop(landed, tmp_path, "paie-2026*"))


# ---------------------------------------------------------------- dumps


def dumps(folder: Path, tmp_path: Path) -> DumpReader:
    return DumpReader(folder, "*", tmp_path, later())


@pytest.mark.parametrize(
    ("name", "content", "sound"),
    [
        ("dpi.sql", SQL, True),
        ("dpi.sql", SQL[:-60], False),
        ("dpi.sql", b"", False),
        ("dpi.sql", b"SELECT 1;", False),
        ("dpi.sql.gz", gzip.compress(SQL), True),
        ("dpi.sql.gz", gzip.compress(SQL)[:-9], False),
        ("dpi.sql.gz", gzip.compress(SQL[:-60]), False),
        ("dpi.sql.gz", SQL, False),
        ("dpi.dump", b"PGDMP\x01\x0e\x00\x04\x08\x01" + b"\0" * 20, False),
    ],
)
def test_a_dump_is_read_to_its_end(tmp_path: Path, name: str, content: bytes, sound: bool) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / name).write_bytes(content)
    reading = read_repository("d", dumps(folder, tmp_path), LIMITS, scratch(tmp_path), NOW)
    assert reading.repository.check is not None, reading.gaps
    assert reading.repository.check.sound is sound
    assert reading.repository.restore is None or reading.repository.restore.good is sound


def test_a_dump_of_a_newer_server_is_a_gap_and_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs, folder = tmp_path / "bin", tmp_path / "exports"
    programs.mkdir()
    folder.mkdir()
    (programs / "pg_restore").write_text("#!/bin/sh\necho 'unsupported version (9.9) in file header' >&2\nexit 1\n")
    (programs / "pg_restore").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    (folder / "dpi.dump").write_bytes(b"PGDMP" + b"\0" * 100)
    with pytest.raises(UnreadableError, match="older"):
        checked(dumps(folder, tmp_path))


# ---------------------------------------------------------------- nothing is written


def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def test_nothing_is_written_where_copies_are(rotation: Path, landed: Path, tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "dpi.sql").write_bytes(SQL)
    manifest(rotation / "daily.0")
    readers: dict[Path, RepositoryReader] = {
        rotation: RotationReader(rotation, later()),
        landed: drop(landed, tmp_path),
        exports: dumps(exports, tmp_path),
    }
    for folder, reader in readers.items():
        before = tree_hash(folder)
        assert read_repository("r", reader, LIMITS, scratch(tmp_path), NOW).gaps == []
        assert tree_hash(folder) == before


def test_a_folder_that_may_not_be_read_is_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_folder: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("scanners.backup.collect_rotation.os.scandir", refused)
    reading = read_repository("r", RotationReader(tmp_path, later()), LIMITS, scratch(tmp_path), NOW)
    (gap,) = reading.gaps
    assert "accès refusé" in gap.reason.fr
