"""borg repositories. Here, they are read through an image of them: `borg check` writes in the repository it checks.

The image is a folder of ours holding copies of the small files (config, index, hints, nonce) and one link per data
segment. borg locks and rewrites the image; the repository itself is only read. On another machine no image can be made:
no lock is taken, and the newest point is read whole in place of a check.
"""

from __future__ import annotations

import configparser
import json
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any, ClassVar, Literal

from scanners.backup.collect_errors import meaning
from scanners.backup.collect_place import Access
from scanners.backup.collect_process import Call, ToolFailedError, environment, lines_of, output_of
from scanners.backup.collect_repository import (
    DamagedError,
    Opened,
    Outward,
    Restored,
    StoredFile,
    UnreadableError,
    safe_path,
    same_size,
    short,
)
from scanners.backup.facts import Protection, Snapshot, Tool
from scanners.foreign_text import clean

_COPIED = ("README", "config", "nonce", "hints.*", "index.*", "integrity.*")
_DIGITS = re.compile(r"\d+")
_WARNING = 1
_DAMAGE = ("integrity", "Integrity", "checksum", "CRC", "Corrupt", "corrupt", "missing", "magic", "Data integrity")


@dataclass
class BorgReader:
    """One borg repository (1.1 and 1.2). `deadline` is on the monotonic clock."""

    access: Access
    password: str
    scratch: Path
    deadline: float
    _newest: str = ""
    _outward: Outward = field(default_factory=Outward)
    tool: ClassVar[Tool] = "borg"
    full_check_only: ClassVar[bool] = True

    def open(self) -> Opened:
        """Encryption mode and archives; borg writes times without a zone, in ours: UTC."""
        if self.access.folder is not None:
            self._make_image(self.access.folder)
        raw = json.loads(self._output("list", "--json", "--format", "{hostname}"))
        return Opened(
            str(raw["repository"]["id"]),
            str(raw["encryption"]["mode"]),
            self._points(raw["archives"]),
            _locked_since(self.access.folder) if self.access.folder else None,
        )

    def _points(self, archives: Sequence[dict[str, Any]]) -> tuple[Snapshot, ...]:
        points = tuple(_snapshot(one) for one in archives)
        self._newest = max(points, key=lambda point: (point.time, point.id)).id if points else ""
        return points

    def protection(self) -> Protection | None:
        """Its own setting, when it is on. Off, nothing can be told: the disk under it may hold, or `borg serve`."""
        if self.access.folder is None:
            return None
        config = configparser.ConfigParser(interpolation=None)
        config.read(self.access.folder / "config", encoding="utf-8")
        alone = config.get("repository", "append_only", fallback="0").strip() == "1"
        return Protection("append_only") if alone else None

    def size(self) -> int:
        """Bytes of all the segments; unknown (0) from afar."""
        if self.access.folder is None:
            return 0
        return sum(segment.stat().st_size for segment in (self.access.folder / "data").rglob("*") if segment.is_file())

    def check(self, part: int, parts: int) -> Literal["newest"] | None:
        """Every segment, and the consistency of the archives; from afar, the content of the newest archive."""
        try:
            if self.access.folder is not None:
                self._output("check")
                return None
            if self._newest:
                self._output("extract", "--dry-run", f"::{_plain(self._newest)}")
        except ToolFailedError as error:
            raise DamagedError(error.words) from error
        return "newest"

    def files(self, snapshot: str) -> Iterator[StoredFile]:
        """Regular files, in the order of the archive."""
        self._outward = outward = Outward()
        for line in lines_of(self._call("list", "--json-lines", f"::{_plain(snapshot)}")):
            node = json.loads(line)
            kind, path = node["type"], node["path"]
            hard = str(node.get("source") or "") if kind in ("-", "h") else ""
            outward.look(path, link=kind == "l", hard=hard)
            if kind == "-" and safe_path(path):
                yield StoredFile(path, int(node["size"]))

    def restore(
        self, snapshot: str, files: Sequence[StoredFile], target: Path, *, everything: bool = False
    ) -> Restored:
        """Extract, then compare with the SHA-256 that borg computes from its own verified chunks."""
        if everything:
            self._outward.refuse()
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

    def _make_image(self, folder: Path) -> None:
        """Copy the small files, link each segment by itself so that none can be replaced."""
        image = self._image
        (image / "data").mkdir(parents=True)
        for pattern in _COPIED:
            for file in folder.glob(pattern):
                shutil.copyfile(file, image / file.name)
        for segment in (folder / "data").glob("*/*"):
            link = image / "data" / segment.parent.name / segment.name
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(segment)

    @property
    def _image(self) -> Path:
        return self.scratch / "image"

    def _call(self, *words: str, cwd: Path | None = None, success: tuple[int, ...] = (0,)) -> Call:
        env = environment(
            self.scratch,
            **self.access.variables,
            BORG_REPO=str(self._image) if self.access.folder else self.access.address,
            BORG_BASE_DIR=str(self.scratch / "borg"),
            BORG_PASSPHRASE=self.password,
            BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK="yes",
        )
        unlocked = () if self.access.folder else ("--bypass-lock",)
        hidden = (*self.access.hidden, self.password)
        return Call(("borg", *unlocked, *words), env, cwd or self.scratch, self._seconds_left(), success, hidden)

    def _seconds_left(self) -> float:
        return self.deadline - time.monotonic()

    def _output(self, *words: str) -> str:
        try:
            return output_of(self._call(*words))
        except ToolFailedError as error:
            if (known := meaning(error.words)) is not None:
                raise known from error
            if words[0] == "list" and any(word in error.words for word in _DAMAGE):
                raise DamagedError(error.words) from error
            raise


def _snapshot(raw: dict[str, Any]) -> Snapshot:
    moment = datetime.fromisoformat(raw["time"]).replace(tzinfo=UTC)
    host, name = clean(str(raw.get("hostname", "")))[:255], str(raw["name"])
    return Snapshot(name, moment, host, series=f"{host} {_DIGITS.sub('#', name)}"[:255])


def _plain(name: str) -> str:
    """The name of an archive that can be asked for as it is."""
    if "{" in name:
        raise UnreadableError(
            "le nom de la dernière archive contient une accolade, que borg interpréterait ; renommez-la.",
            "the name of the newest archive holds a brace, which borg would interpret; rename it.",
        )
    return name


def _locked_since(location: Path) -> datetime | None:
    lock = location / "lock.exclusive"
    return datetime.fromtimestamp(lock.stat().st_mtime, UTC) if lock.exists() else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
