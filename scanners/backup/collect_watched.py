"""A scratch place, watched: it may hold so many bytes and must leave so many on the disk.

What a repository or a dump says of its own sizes is not believed: whoever wrote it may be hostile. The place itself is
in a folder of the run (`scanners.scratch`), removed at its end, or by the next run when this one was killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from scanners.model import Text

LEFT_BYTES = 64 << 20
"""Free space never to go under on the disk of the scratch place (ours): the machine has other things to write."""
_PAUSE_SECONDS = 0.25
_SHARE = 10
"""Looking takes at most a tenth of the time: a place of a hundred thousand files is long to look at."""


class FullError(Exception):
    """The scratch place is full, or has come to its limit; `reason` tells people what to do."""

    def __init__(self, limit: int) -> None:
        mebibytes = max(1, limit >> 20)
        self.reason = Text(
            f"le dossier temporaire est plein ou la limite de {mebibytes} Mio est atteinte : libérez de la place, "
            "relevez la limite ou demandez moins de fichiers.",
            f"the temporary folder is full or the limit of {mebibytes} MiB is reached: free some space, raise the "
            "limit or ask for fewer files.",
        )
        super().__init__(self.reason.en)


@dataclass
class Watched:
    """A folder being watched; `over` once it held too much and `end` ended the programs writing there."""

    folder: Path
    limit: int
    end: Callable[[], None]
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
        """Until done, end the programs that write there as soon as the folder holds too much."""
        pause = _PAUSE_SECONDS
        while not self.done.wait(pause):
            began = time.monotonic()
            if _size(self.folder) > self.limit or shutil.disk_usage(self.folder).free < LEFT_BYTES // 2:
                self.over.set()
                self.end()
                return
            pause = max(_PAUSE_SECONDS, _SHARE * (time.monotonic() - began))


@contextmanager
def watched(folder: Path, limit: int, *, own: bool = False) -> Iterator[Watched]:
    """Watch a folder for the block; at its end, FullError when it held too much.

    `own`: only the programs that this thread started write there; those of the others are left alone.
    """
    here = threading.get_native_id()
    place = Watched(folder, limit, (lambda: end_started_by(here)) if own else end_children)
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


def end_started_by(thread: int) -> None:
    """The same, of one thread of this process."""
    for child in _children(Path(f"/proc/self/task/{thread}")):
        end_tree(child)


def end_tree(pid: int, *, itself: bool = True) -> None:
    """End a process that we started and all that it started: a server hides behind what keeps it alone."""
    for one in (*_descendants(pid), *([pid] if itself else [])):
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    waiting = [pid]
    while waiting:
        children = [child for task in _tasks(waiting.pop()) for child in _children(task)]
        found += children
        waiting += children
    return found


def _tasks(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []


def _children(task: Path) -> list[int]:
    try:
        return [int(child) for child in (task / "children").read_text().split()]
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
