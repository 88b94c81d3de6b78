"""The scratch place of a drill, watched: it may hold so many bytes and must leave so many on the disk.

What a repository or a dump says of its own sizes is not believed: whoever wrote it may be hostile. The place itself is
a folder of the run (`scanners.scratch`), removed at its end, or by the next run when this one was killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from scanners.backup.collect_repository import UnreadableError
from scanners.restore.facts import Oddity

LEFT_BYTES = 64 << 20
"""Free space never to go under on the disk of the scratch place (ours): the machine has other things to write."""
_PAUSE_SECONDS = 0.25
_SHARE = 10
"""Looking takes at most a tenth of the time: a place of a hundred thousand files is long to look at."""
_SPECIAL = stat.S_ISUID | stat.S_ISGID


class FullError(UnreadableError):
    """The scratch place is full, or has come to its limit."""

    def __init__(self, limit: int) -> None:
        mebibytes = max(1, limit >> 20)
        super().__init__(
            f"le dossier temporaire est plein ou la limite de {mebibytes} Mio est atteinte : libérez de la place, "
            "relevez la limite ou demandez moins de fichiers.",
            f"the temporary folder is full or the limit of {mebibytes} MiB is reached: free some space, raise the "
            "limit or ask for fewer files.",
        )


@dataclass
class Watched:
    """A folder being watched; `over` once it held too much and the programs writing there were ended."""

    folder: Path
    limit: int
    over: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)

    def check_room(self, size: int) -> None:
        """FullError unless `size` more bytes fit in the limit and on the disk."""
        if size > self.limit or shutil.disk_usage(self.folder).free < size + LEFT_BYTES:
            raise FullError(self.limit)

    def check(self) -> None:
        """FullError once the limit was passed."""
        if self.over.is_set():
            raise FullError(self.limit)

    def look(self) -> None:
        """Until done, end our own children as soon as the folder holds too much."""
        pause = _PAUSE_SECONDS
        while not self.done.wait(pause):
            began = time.monotonic()
            if _size(self.folder) > self.limit or shutil.disk_usage(self.folder).free < LEFT_BYTES // 2:
                self.over.set()
                end_children()
                return
            pause = max(_PAUSE_SECONDS, _SHARE * (time.monotonic() - began))


@contextmanager
def watched(folder: Path, limit: int) -> Iterator[Watched]:
    """Watch a folder for the block; at its end, FullError when it held too much."""
    place = Watched(folder, limit)
    place.check_room(0)
    thread = threading.Thread(target=place.look, name="scratch", daemon=True)
    thread.start()
    try:
        yield place
    finally:
        place.done.set()
        thread.join()
        place.check()


def end_children() -> None:
    """End the programs that this process started, those that they started, and nothing else."""
    end_tree(os.getpid(), itself=False)


def end_tree(pid: int, *, itself: bool = True) -> None:
    """End a process that we started and all that it started: a server hides behind what keeps it alone."""
    for one in (*_descendants(pid), *([pid] if itself else [])):
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    waiting = [pid]
    while waiting:
        for task in _tasks(waiting.pop()):
            with suppress(OSError):
                children = [int(child) for child in (task / "children").read_text().split()]
                found += children
                waiting += children
    return found


def _tasks(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []


def _size(folder: Path) -> int:
    """Bytes that a tree takes on disk; what vanishes meanwhile counts for nothing."""
    total = 0
    for parent, _folders, files in os.walk(folder):
        for name in files:
            with suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512  # noqa: PTH118 - many thousand files
    return total


def made_private(folder: Path) -> dict[Oddity, int]:
    """Give a restored tree to its owner alone, and tell what it holds besides plain files and folders.

    Nothing of it is opened and no link is followed; files that would run as another account no longer do.
    """
    found: Counter[Oddity] = Counter()
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(parent, name)  # noqa: PTH118 - many thousand files
            mode = (status := os.lstat(path)).st_mode
            if (kind := _kind(status)) is not None:
                found[kind] += 1
            if stat.S_ISREG(mode):
                found["setuid"] += bool(mode & _SPECIAL)
                os.chmod(path, 0o600)  # noqa: PTH101 - the same
            elif stat.S_ISDIR(mode):
                os.chmod(path, 0o700)  # noqa: PTH101 - the same
    return {kind: count for kind, count in sorted(found.items()) if count}


def _kind(status: os.stat_result) -> Oddity | None:
    mode = status.st_mode
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        return "device"
    if stat.S_ISFIFO(mode):
        return "pipe"
    if stat.S_ISSOCK(mode):
        return "socket"
    if stat.S_ISLNK(mode):
        return "link"
    return "hard_link" if stat.S_ISREG(mode) and status.st_nlink > 1 else None
