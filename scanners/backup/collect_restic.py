"""restic repositories, read with `--no-lock --no-cache`: nothing is written in them, no lock is taken."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
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

_FLAGS = ("--no-lock", "--no-cache")
_PATTERN_CHARACTERS = re.compile(r"([*?\[\]\\])")
_VERIFIED = re.compile(r"verifying (\d+) files")
_WRONG_PASSWORD = ("wrong password", "no key found")
_NO_ACCESS = ("unable to open config file", "permission denied", "no space left")


@dataclass
class ResticReader:
    """One restic repository. `deadline` is on the monotonic clock."""

    location: Path
    password: str
    scratch: Path
    deadline: float
    tool: ClassVar[Tool] = "restic"
    full_check_only: ClassVar[bool] = False

    def open(self) -> Opened:
        """Identity and snapshots; restic always encrypts."""
        identity = json.loads(self._output("cat", "config"))["id"]
        listed = json.loads(self._output("--json", "snapshots")) or []
        return Opened(str(identity), "restic", tuple(map(_snapshot, listed)), _oldest(self.location / "locks"))

    def size(self) -> int:
        """Bytes of all the packs."""
        return sum(pack.stat().st_size for pack in (self.location / "data").rglob("*") if pack.is_file())

    def check(self, part: int, parts: int) -> None:
        """Structure, and one share of the packs read whole."""
        self._output("check", f"--read-data-subset={part}/{parts}")

    def files(self, snapshot: str) -> Iterator[StoredFile]:
        """Regular files, in the order of the tree."""
        for line in lines_of(self._call("--json", "ls", snapshot)):
            node = json.loads(line)
            if node.get("type") == "file" and safe_path(node["path"]):
                yield StoredFile(node["path"], int(node.get("size", 0)))

    def restore(
        self, snapshot: str, files: Sequence[StoredFile], target: Path, *, everything: bool = False
    ) -> Restored:
        """Restore with `--verify`: restic reads the files back and compares them with its own content hashes."""
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
        env = environment(self.scratch, RESTIC_REPOSITORY=str(self.location), RESTIC_PASSWORD=self.password)
        return Call(("restic", *_FLAGS, *words), env, self.scratch, self.deadline - time.monotonic())

    def _output(self, *words: str) -> str:
        """What a command says. A failure is a refused password, an access problem, or else damage."""
        try:
            return output_of(self._call(*words))
        except ToolFailedError as error:
            if any(known in error.words for known in _WRONG_PASSWORD):
                refusal = UnreadableError(
                    "mot de passe refusé, corrigez le secret.", "password refused, correct the secret."
                )
                raise refusal from error
            if any(known in error.words for known in _NO_ACCESS):
                raise
            raise DamagedError(error.words) from error


def _back(target: Path, files: Sequence[StoredFile]) -> int:
    """How many files came back with their size."""
    return sum(same_size(target, file) is not None for file in files)


def _snapshot(raw: dict[str, Any]) -> Snapshot:
    return Snapshot(
        str(raw["short_id"]), datetime.fromisoformat(raw["time"]).astimezone(UTC), str(raw.get("hostname", ""))
    )


def _oldest(locks: Path) -> datetime | None:
    times = [lock.stat().st_mtime for lock in locks.glob("*")] if locks.is_dir() else []
    return datetime.fromtimestamp(min(times), UTC) if times else None
