"""Folders that turn, as rsnapshot and its like leave them: `hourly.0`, `daily.3`, `weekly.1`… each one whole copy.

Names change at each turn (`daily.0` becomes `daily.1`): a point is known by the date of its folder, which the tool sets
at the end of the copy and which stays.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from scanners.backup.collect_folder import UNTOLD, Copier, Watch, hash_of, manifest_of, regular_files, weighed
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

_TURN = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,40}\.\d{1,5}\Z")
_WEIGHED = 2
"""Points weighed at each reading: the newest is compared with the one before."""


@dataclass
class RotationReader:
    """One folder of copies that turn. `deadline` is on the monotonic clock."""

    folder: Path
    deadline: float
    _folders: dict[str, Path] = field(default_factory=dict)
    _newest: str = ""
    _bytes: int = 0
    tool: ClassVar[Tool] = "rotation"
    full_check_only: ClassVar[bool] = False

    def open(self) -> Opened:
        """The points by date; the two newest are weighed."""
        watch = Watch(self.deadline)
        with os.scandir(self.folder) as entries:
            turns = [one for one in entries if _TURN.match(one.name) and one.is_dir(follow_symlinks=False)]
        dated = sorted(((one.stat(follow_symlinks=False).st_mtime, one.name) for one in turns), reverse=True)
        points: list[Snapshot] = []
        for moment, name in dated:
            time = datetime.fromtimestamp(int(moment), UTC)
            if (known := f"{time:%Y%m%dT%H%M%SZ}") in self._folders:
                continue
            self._folders[known] = self.folder / name
            weight = weighed(self.folder / name, watch) if len(points) < _WEIGHED else None
            figures = (weight.size, weight.files) if weight else (None, None)
            points.append(Snapshot(known, time, "", None, "", *figures))
        self._newest = points[0].id if points else ""
        self._bytes = (points[0].size or 0) if points else 0
        return Opened("", UNTOLD, tuple(points), None)

    def size(self) -> int:
        """Bytes of the newest point: the others share most of their files with it."""
        return self._bytes

    def check(self, part: int, parts: int) -> None:
        """A share of the files of the newest point against the manifest it holds."""
        if not self._newest:
            return
        folder, watch = self._folders[self._newest], Watch(self.deadline)
        manifest = manifest_of(folder)
        if not manifest:
            raise UncheckedError
        for rank, (name, expected) in enumerate(sorted(manifest.items())):
            if rank % parts == part - 1 and _hash_or_nothing(folder / name, watch) != expected:
                raise DamagedError("a file is missing or differs from the manifest of its copy")

    def files(self, snapshot: str) -> Iterator[StoredFile]:
        """The regular files of a point."""
        for name, status in regular_files(self._folder_of(snapshot), Watch(self.deadline)):
            if safe_path(name):
                yield StoredFile(name, status.st_size)

    def restore(
        self, snapshot: str, files: Sequence[StoredFile], target: Path, *, everything: bool = False
    ) -> Restored:
        """Copy these files back and compare them."""
        folder = self._folder_of(snapshot)
        return Copier(folder, manifest_of(folder), Watch(self.deadline)).copy(files, target)

    def _folder_of(self, snapshot: str) -> Path:
        if snapshot not in self._folders:
            raise UnreadableError("ce point n’est plus dans le dossier.", "this point is no longer in the folder.")
        return self._folders[snapshot]


def _hash_or_nothing(path: Path, watch: Watch) -> str:
    try:
        return hash_of(path, watch)
    except FileNotFoundError:
        return ""
