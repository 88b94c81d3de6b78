"""Copies that are plain files of a local or mounted folder: what their readers share. Nothing is written there.

A hash kept beside a copy when it was made (`SHA256SUMS`, `name.sha256`, as `sha256sum` writes them) is what it is
compared with; without one, reading a file back proves that it can be read, no more.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from io import FileIO
from pathlib import Path

from scanners.backup.collect_process import ToolStoppedError
from scanners.backup.collect_repository import Restored, StoredFile, UnreadableError, safe_path

MANIFESTS = ("SHA256SUMS", "SHA256SUMS.txt", "sha256sums.txt")
UNTOLD = ""
"""The encryption of a folder of plain files: whether the disk under it is encrypted cannot be told from here."""
MAX_MANIFEST_BYTES = 256 << 20
_LINE = re.compile(r"([0-9A-Fa-f]{64}) [ *](.+)")
_BLOCK = 1 << 20


@dataclass
class Watch:
    """The time left to read a folder; `deadline` is on the monotonic clock."""

    deadline: float

    def check(self) -> None:
        """ToolStoppedError once it is over."""
        if time.monotonic() > self.deadline:
            raise ToolStoppedError


@dataclass
class Weight:
    """How many regular files a folder holds, and their bytes."""

    files: int = 0
    size: int = 0


def regular_files(folder: Path, watch: Watch) -> Iterator[tuple[str, os.stat_result]]:
    """Every regular file under a folder, by its name from there, in a stable order; links are never followed."""
    waiting = [""]
    while waiting:
        watch.check()
        inner = waiting.pop()
        with os.scandir(folder / inner) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        waiting.extend(f"{inner}{entry.name}/" for entry in reversed(found) if entry.is_dir(follow_symlinks=False))
        for entry in found:
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(status.st_mode):
                yield f"{inner}{entry.name}", status


def weighed(folder: Path, watch: Watch) -> Weight:
    """The weight of a folder."""
    weight = Weight()
    for _name, status in regular_files(folder, watch):
        weight.files += 1
        weight.size += status.st_size
    return weight


def manifest_at(path: Path) -> dict[str, str]:
    """The hashes of a manifest by name; empty when there is none. Names that lead elsewhere are left out."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_MANIFEST_BYTES:
        return {}
    found: dict[str, str] = {}
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            match = _LINE.match(line.rstrip("\r\n"))
            if match and safe_path(name := match[2].removeprefix("./")) and not name.startswith("/"):
                found[name] = match[1].lower()
    return found


def manifest_of(folder: Path) -> dict[str, str]:
    """The manifest that a folder holds."""
    return next((found for name in MANIFESTS if (found := manifest_at(folder / name))), {})


def hash_of(path: Path, watch: Watch) -> str:
    """The SHA-256 of a regular file, never through a link."""
    with _opened(path) as file:
        digest = sha256()
        while block := file.read(_BLOCK):
            watch.check()
            digest.update(block)
    return digest.hexdigest()


def _opened(path: Path) -> FileIO:
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError(0, "not a regular file")
    return os.fdopen(number, "rb", buffering=0)


@dataclass
class Copier:
    """Copies files into a scratch folder, and reads them back to compare them."""

    folder: Path
    manifest: Mapping[str, str]
    watch: Watch
    bad: set[str] = field(default_factory=set)

    def copy(self, files: Sequence[StoredFile], target: Path) -> Restored:
        """Bring these files back; each is compared with its manifest, else with what was read."""
        began = time.perf_counter()
        back = sum(self._one(file, target) for file in files)
        return Restored(back, len(self.bad), time.perf_counter() - began, bad=frozenset(self.bad))

    def _one(self, file: StoredFile, target: Path) -> bool:
        place = target / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        digest, copied = sha256(), 0
        try:
            with _opened(self.folder / file.path) as source, place.open("xb") as copy:
                while block := source.read(_BLOCK):
                    self.watch.check()
                    copied += len(block)
                    if copied > file.size:
                        raise _grew()
                    digest.update(block)
                    copy.write(block)
        except FileNotFoundError:
            return False
        if hash_of(place, self.watch) != self.manifest.get(file.path, digest.hexdigest()):
            self.bad.add(file.path)
        return True


def _grew() -> UnreadableError:
    return UnreadableError(
        "un fichier a grossi pendant sa copie, relancez l’audit quand personne n’y écrit.",
        "a file grew while it was copied, run the audit again when nobody writes there.",
    )
