"""borg repositories, read through an image of them: `borg check` writes in the repository it checks.

The image is a folder of ours holding copies of the small files (config, index, hints, nonce) and one link per data
segment. borg locks and rewrites the image; the repository itself is only read.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any, ClassVar

from scanners.backup.collect_process import Call, ToolFailedError, environment, lines_of, output_of
from scanners.backup.collect_repository import (
    DamagedError,
    Opened,
    Restored,
    StoredFile,
    UnreadableError,
    safe_path,
    same_size,
    short,
)
from scanners.backup.facts import Snapshot, Tool

_COPIED = ("README", "config", "nonce", "hints.*", "index.*", "integrity.*")
_WARNING = 1
_DAMAGE = ("integrity", "Integrity", "checksum", "CRC", "Corrupt", "corrupt", "missing", "magic", "Data integrity")


@dataclass
class BorgReader:
    """One borg repository (1.1 and 1.2). `deadline` is on the monotonic clock."""

    location: Path
    password: str
    scratch: Path
    deadline: float
    tool: ClassVar[Tool] = "borg"
    full_check_only: ClassVar[bool] = True

    def open(self) -> Opened:
        """Encryption mode and archives; borg writes times without a zone, in ours: UTC."""
        self._make_image()
        raw = json.loads(self._output("list", "--json", "--format", "{hostname}"))
        return Opened(
            str(raw["repository"]["id"]),
            str(raw["encryption"]["mode"]),
            tuple(_snapshot(one) for one in raw["archives"]),
            _locked_since(self.location),
        )

    def size(self) -> int:
        """Bytes of all the segments."""
        return sum(segment.stat().st_size for segment in (self.location / "data").rglob("*") if segment.is_file())

    def check(self, part: int, parts: int) -> None:
        """Every segment, and the consistency of the archives."""
        try:
            self._output("check")
        except ToolFailedError as error:
            raise DamagedError(error.words) from error

    def files(self, snapshot: str) -> Iterator[StoredFile]:
        """Regular files, in the order of the archive."""
        if "{" in snapshot:
            raise UnreadableError(
                "le nom de la dernière archive contient une accolade, que borg interpréterait ; renommez-la.",
                "the name of the newest archive holds a brace, which borg would interpret; rename it.",
            )
        for line in lines_of(self._call("list", "--json-lines", f"::{snapshot}")):
            node = json.loads(line)
            if node["type"] == "-" and safe_path(node["path"]):
                yield StoredFile(node["path"], int(node["size"]))

    def restore(
        self, snapshot: str, files: Sequence[StoredFile], target: Path, *, everything: bool = False
    ) -> Restored:
        """Extract, then compare with the SHA-256 that borg computes from its own verified chunks."""
        wanted = [] if everything else [f"pf:{file.path}" for file in files]
        began = time.perf_counter()
        complaint = self._complaint("extract", f"::{snapshot}", *wanted, cwd=target)
        seconds = time.perf_counter() - began
        manifest = self._manifest(snapshot, wanted)
        back = {file.path: path for file in files if (path := same_size(target, file)) is not None}
        bad = frozenset(name for name, path in back.items() if manifest.get(name) != _sha256(path))
        return Restored(len(back), len(bad), seconds, complaint, bad)

    def _complaint(self, *words: str, cwd: Path) -> str:
        """What borg said when it failed; a warning (a pattern it says never matched) is none."""
        try:
            output_of(self._call(*words, cwd=cwd, success=(0, _WARNING)))
        except ToolFailedError as error:
            return short(error.words)
        return ""

    def _manifest(self, snapshot: str, wanted: Sequence[str]) -> dict[str, str]:
        call = self._call(
            "list", "--json-lines", "--format", "{sha256}", f"::{snapshot}", *wanted, success=(0, _WARNING)
        )
        manifest: dict[str, str] = {}
        try:
            for line in lines_of(call):
                node = json.loads(line)
                manifest[node["path"]] = node["sha256"]
        except ToolFailedError:
            return manifest
        return manifest

    def _make_image(self) -> None:
        """Copy the small files, link each segment by itself so that none can be replaced."""
        image = self._image
        (image / "data").mkdir(parents=True)
        for pattern in _COPIED:
            for file in self.location.glob(pattern):
                shutil.copyfile(file, image / file.name)
        for segment in (self.location / "data").glob("*/*"):
            link = image / "data" / segment.parent.name / segment.name
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(segment)

    @property
    def _image(self) -> Path:
        return self.scratch / "image"

    def _call(self, *words: str, cwd: Path | None = None, success: tuple[int, ...] = (0,)) -> Call:
        env = environment(
            self.scratch,
            BORG_REPO=str(self._image),
            BORG_BASE_DIR=str(self.scratch / "borg"),
            BORG_PASSPHRASE=self.password,
            BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK="yes",
        )
        return Call(("borg", *words), env, cwd or self.scratch, self.deadline - time.monotonic(), success)

    def _output(self, *words: str) -> str:
        try:
            return output_of(self._call(*words))
        except ToolFailedError as error:
            if "passphrase supplied" in error.words:
                said = UnreadableError(
                    "mot de passe refusé, corrigez le secret.", "password refused, correct the secret."
                )
                raise said from error
            if words[0] == "list" and any(word in error.words for word in _DAMAGE):
                raise DamagedError(error.words) from error
            raise


def _snapshot(raw: dict[str, Any]) -> Snapshot:
    moment = datetime.fromisoformat(raw["time"]).replace(tzinfo=UTC)
    return Snapshot(str(raw["name"]), moment, str(raw.get("hostname", "")))


def _locked_since(location: Path) -> datetime | None:
    lock = location / "lock.exclusive"
    return datetime.fromtimestamp(lock.stat().st_mtime, UTC) if lock.exists() else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
