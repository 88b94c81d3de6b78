"""restic repositories, here or on another machine, read with `--no-lock --no-cache`: nothing is written in them, no
lock is taken."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

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

_FLAGS = ("--no-lock", "--no-cache")
_PATTERN_CHARACTERS = re.compile(r"([*?\[\]\\])")
_LOCK = re.compile(r"[0-9a-f]{8,64}\Z")
_KEY = re.compile(r"[0-9a-f]{64}\Z")
_VERIFIED = re.compile(r"verifying (\d+) files")
_DAMAGE = (
    "verification failed",
    "hash",
    "contains errors",
    "errors were found",
    "invalid",
    "not found",
    "unexpected EOF",
)
"""What restic says of lost data: from afar, any other failure may be that of the way there."""
_MAX_LOCKS = 5
_MAX_SERIES_PATHS = 1_000


@dataclass
class ResticReader:
    """One restic repository. `deadline` is on the monotonic clock; `lock` asks its server what protects it."""

    access: Access
    password: str
    scratch: Path
    deadline: float
    lock: Callable[[], Protection | None] | None = None
    _outward: Outward = field(default_factory=Outward)
    tool: ClassVar[Tool] = "restic"
    full_check_only: ClassVar[bool] = False

    def open(self) -> Opened:
        """Identity and snapshots; restic always encrypts."""
        with ThreadPoolExecutor(2, thread_name_prefix="restic") as pool:  # each spends its time deriving the key
            config, points = pool.map(lambda words: self._output(*words), (("cat", "config"), ("--json", "snapshots")))
        identity, listed = json.loads(config)["id"], json.loads(points) or []
        return Opened(str(identity), "restic", tuple(map(_snapshot, listed)), self._locked_since())

    def size(self) -> int:
        """Bytes of all the packs; from afar, those that the snapshots need."""
        folder = self.access.folder
        if folder is None:
            return int(json.loads(self._output("--json", "stats", "--mode", "raw-data"))["total_size"])
        return sum(pack.stat().st_size for pack in (folder / "data").rglob("*") if pack.is_file())

    def protection(self) -> Protection | None:
        """What its server says; nothing can be told of a folder."""
        return self.lock() if self.lock else None

    def _locked_since(self) -> datetime | None:
        """When the oldest lock was set, by its file or by what it says."""
        if self.access.folder is not None:
            return _oldest(self.access.folder / "locks")
        locks = [word for word in self._output("list", "locks").split() if _LOCK.match(word)]
        said = [json.loads(self._output("cat", "lock", one)) for one in locks[:_MAX_LOCKS]]
        return min((datetime.fromisoformat(one["time"]).astimezone(UTC) for one in said), default=None)

    def check(self, part: int, parts: int) -> None:
        """Structure, and one share of the packs read whole."""
        self._output("check", f"--read-data-subset={part}/{parts}")

    def files(self, snapshot: str) -> Iterator[StoredFile]:
        """Regular files, in the order of the tree."""
        self._outward = outward = Outward()
        for line in lines_of(self._call("--json", "ls", snapshot)):
            node = json.loads(line)
            if "path" in node:
                outward.look(node["path"], link=node.get("type") == "symlink")
            if node.get("type") == "file" and safe_path(node["path"]):
                yield StoredFile(node["path"], int(node.get("size", 0)))

    def restore(
        self, snapshot: str, files: Sequence[StoredFile], target: Path, *, everything: bool = False
    ) -> Restored:
        """Restore with `--verify`: restic reads the files back and compares them with its own content hashes."""
        if everything:
            self._outward.refuse()
        named = [] if everything else files
        wanted = [word for file in named for word in ("--include", _PATTERN_CHARACTERS.sub(r"\\\1", file.path))]
        began = time.perf_counter()
        try:
            said = self._output("restore", snapshot, "--target", str(target), "--verify", *wanted)
        except DamagedError as error:
            seconds, words = time.perf_counter() - began, str(error)
            bad = frozenset(file.path for file in files if file.path in words)
            return Restored(_back(target, files), max(1, len(bad)), seconds, short(words), bad)
        seconds = time.perf_counter() - began
        verified = _VERIFIED.search(said)
        if verified is None:
            raise UnreadableError(
                "cette version de restic ne dit pas combien de fichiers elle a vérifiés, mettez-la à jour.",
                "this version of restic does not say how many files it verified, update it.",
            )
        return Restored(min(_back(target, files), int(verified[1])), 0, seconds)

    def _call(self, *words: str) -> Call:
        told = {"RESTIC_REPOSITORY": self.access.address, "RESTIC_PASSWORD": self.password}
        env = environment(self.scratch, **self.access.variables, **told)
        hidden = (*self.access.hidden, self.password)
        command = ("restic", *_FLAGS, *self.access.words, *words)
        return Call(command, env, self.scratch, self.deadline - time.monotonic(), hidden=hidden)

    def _output(self, *words: str) -> str:
        """What a command says. A failure is a refused password, an access problem, or else damage."""
        try:
            return output_of(self._call(*words))
        except ToolFailedError as error:
            if self.access.folder is not None and _keyless(self.access.folder):
                raise DamagedError("no key file is left in the repository") from error
            if (known := meaning(error.words)) is not None:
                raise known from error
            if self.access.folder is None and not any(word in error.words for word in _DAMAGE):
                raise
            raise DamagedError(error.words) from error


def _back(target: Path, files: Sequence[StoredFile]) -> int:
    """How many files came back with their size."""
    return sum(same_size(target, file) is not None for file in files)


def _snapshot(raw: dict[str, Any]) -> Snapshot:
    host, summary = clean(str(raw.get("hostname", "")))[:255], raw.get("summary") or {}
    paths = "\n".join(sorted(map(str, raw.get("paths") or ()))[:_MAX_SERIES_PATHS])
    return Snapshot(
        str(raw["short_id"]),
        datetime.fromisoformat(raw["time"]).astimezone(UTC),
        host,
        series=f"{host} {sha256(paths.encode()).hexdigest()[:12]}",
        size=_figure(summary, "total_bytes_processed"),
        files=_figure(summary, "total_files_processed"),
    )


def _figure(summary: dict[str, Any], name: str) -> int | None:
    """A figure of a snapshot, which restic tells from version 0.17."""
    return int(summary[name]) if name in summary else None


def _keyless(folder: Path) -> bool:
    """Whether no key file is left: restic calls that a wrong password, and no password will open it again.

    Without its folder of snapshots, nothing says that restic ever wrote here.
    """
    keys = folder / "keys"
    if not (folder / "snapshots").is_dir():
        return False
    return not keys.is_dir() or not any(_KEY.match(one.name) for one in keys.iterdir())


def _oldest(locks: Path) -> datetime | None:
    times = [lock.stat().st_mtime for lock in locks.glob("*")] if locks.is_dir() else []
    return datetime.fromtimestamp(min(times), UTC) if times else None
