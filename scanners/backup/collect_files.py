"""Files that land in a folder: database dumps, archives of an application, exports. One file is one restore point."""

from __future__ import annotations

import fnmatch
import gzip
import lzma
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Literal

from scanners.backup.collect_folder import (
    MANIFESTS,
    UNTOLD,
    Copier,
    Watch,
    hash_of,
    manifest_at,
    manifest_of,
)
from scanners.backup.collect_repository import (
    DamagedError,
    Opened,
    Restored,
    StoredFile,
    UncheckedError,
    UnreadableError,
    safe_path,
)
from scanners.backup.facts import Snapshot, Tool

_UNFINISHED = (".part", ".tmp", ".filepart", ".partial", ".crdownload")
_ENCRYPTED = (".gpg", ".pgp", ".age", ".enc")
_DIGITS = re.compile(r"\d+")
_BLOCK = 1 << 20


@dataclass
class DropReader:
    """One folder where files land. `deadline` is on the monotonic clock."""

    folder: Path
    pattern: str
    scratch: Path
    deadline: float
    _points: dict[str, Snapshot] = field(default_factory=dict)
    tool: ClassVar[Tool] = "drop"
    full_check_only: ClassVar[bool] = False

    def open(self) -> Opened:
        """Each file that ended to land and bears the expected name."""
        with os.scandir(self.folder) as entries:
            found = [point for one in entries if self._wanted(one) and (point := self._point(one))]
        self._points = {point.id: point for point in found}
        closed = bool(found) and all(point.id.lower().endswith(_ENCRYPTED) for point in found)
        return Opened("", "encrypted files" if closed else UNTOLD, tuple(found), None)

    def _wanted(self, entry: os.DirEntry[str]) -> bool:
        name = entry.name
        ours = not name.startswith(".") and not name.lower().endswith((*_UNFINISHED, ".sha256"))
        return ours and name not in MANIFESTS and safe_path(name) and fnmatch.fnmatchcase(name, self.pattern)

    def _point(self, entry: os.DirEntry[str]) -> Snapshot | None:
        if not entry.is_file(follow_symlinks=False):
            return None
        status = entry.stat(follow_symlinks=False)
        return self._as_point(entry.name, status.st_mtime, status.st_size, 1)

    def _as_point(self, name: str, moment: float, size: int, files: int) -> Snapshot:
        time = datetime.fromtimestamp(int(moment), UTC)
        return Snapshot(name, time, "", None, _DIGITS.sub("#", name), size, files)

    def size(self) -> int:
        """Bytes of all the files."""
        return sum(point.size or 0 for point in self._points.values())

    def check(self, part: int, parts: int) -> Literal["newest"] | None:
        """The newest file and a share of the others: their hash, or the checksum their format holds.

        UncheckedError when nothing checks the newest; “newest” when some of the others have nothing: no turn ends.
        """
        told, watch = manifest_of(self.folder), Watch(self.deadline)
        newest_first = sorted(self._points.values(), key=lambda one: (one.time, one.id), reverse=True)
        checks = [self._check_of(point, told.get(point.id), watch) for point in newest_first]
        for rank, check in enumerate(checks):
            if check is not None and (rank == 0 or rank % parts == part - 1):
                check()
        if checks and checks[0] is None:
            raise UncheckedError
        return "newest" if None in checks else None

    def _check_of(self, point: Snapshot, expected: str | None, watch: Watch) -> Callable[[], None] | None:
        """What checks a file; None when nothing does."""
        path = self.folder / point.id
        beside = manifest_at(path.with_name(f"{point.id}.sha256")).get(point.id)
        if (wanted := beside or expected) is not None:
            return lambda: _same_hash(path, wanted, watch)
        return self._by_format(path, watch)

    def _by_format(self, path: Path, watch: Watch) -> Callable[[], None] | None:
        if path.suffix.lower() == ".gz":
            return lambda: _whole_gzip(path, watch)
        if path.suffix.lower() == ".zip":
            return lambda: _whole_zip(path, watch)
        return None

    def files(self, snapshot: str) -> Iterator[StoredFile]:
        """The file itself."""
        point = self._points.get(snapshot)
        if point is None:
            raise UnreadableError("ce fichier n’est plus dans le dossier.", "this file is no longer in the folder.")
        yield StoredFile(point.id, point.size or 0)

    def restore(
        self, snapshot: str, files: Sequence[StoredFile], target: Path, *, everything: bool = False
    ) -> Restored:
        """Copy the file and compare it."""
        return Copier(self.folder, manifest_of(self.folder), Watch(self.deadline)).copy(files, target)


def _same_hash(path: Path, expected: str, watch: Watch) -> None:
    if hash_of(path, watch) != expected:
        raise DamagedError("a file differs from the hash kept beside it")


def _whole_gzip(path: Path, watch: Watch) -> None:
    try:
        with gzip.open(path) as file:
            while file.read(_BLOCK):
                watch.check()
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DamagedError("a compressed file is cut or damaged") from error


def _whole_zip(path: Path, watch: Watch) -> None:
    try:
        with zipfile.ZipFile(path) as bundle:
            for member in bundle.infolist():
                with bundle.open(member) as file:
                    while file.read(_BLOCK):
                        watch.check()
    except OSError as error:
        if error.errno is not None:  # the system's; that of bz2 has no number
            raise
        raise DamagedError("a zip archive is cut or damaged") from error
    except (zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, struct.error, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "password" in str(error):
            raise UnreadableError(
                "une archive zip est protégée par un mot de passe : son contenu n’a pas pu être contrôlé.",
                "a zip archive is protected by a password: its content could not be checked.",
            ) from error
        raise DamagedError("a zip archive is cut or damaged") from error
