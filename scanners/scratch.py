"""The temporary folder of one run: gone at its end, however it ends, or when the next run begins.

Its owner holds a lock on the folder itself, which the system lets go when the process dies, be it killed: a folder of
ours that nobody holds was left behind. The folder of another live run is never touched.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

_MAKING, _HELD = "care-making-", "care-run-"
"""A folder takes its second name once it is locked: what bears it without a lock belongs to nobody any more."""
_MOST = 200
"""Folders looked at by one run: those of before are left to the next ones."""


@contextmanager
def run_folder() -> Iterator[Path]:
    """An empty folder for the block, under the temporary folder of this process."""
    remove_left_over(Path(tempfile.gettempdir()))
    made = Path(tempfile.mkdtemp(prefix=_MAKING))
    lock = _lock(made)
    folder = made.rename(made.with_name(_HELD + made.name.removeprefix(_MAKING)))
    try:
        yield folder
    finally:
        remove(folder)
        if lock is not None:
            os.close(lock)


def remove_left_over(place: Path) -> None:
    """Remove the folders of runs that were killed: ours, and held by no process."""
    for folder in islice(place.glob(f"{_HELD}*"), _MOST):
        lock = _lock(folder)
        if lock is None:
            continue
        if os.fstat(lock).st_uid == os.getuid():
            remove(folder)
        os.close(lock)


_GET_FLAGS, _SET_FLAGS = 0x80086601, 0x40086602
"""FS_IOC_GETFLAGS and FS_IOC_SETFLAGS of 64-bit systems."""
_FORBIDDING = 0x10 | 0x20
"""Immutable, append-only."""


def loosen(path: str) -> None:
    """Let a regular file or folder of ours be changed again: a tool that runs as root brings back the flags that forbid
    it (`chattr +i`). Nothing is said where there are no such flags."""
    with suppress(OSError):
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            kept = bytearray(8)
            fcntl.ioctl(number, _GET_FLAGS, kept)
            flags = int.from_bytes(kept, sys.byteorder) & ~_FORBIDDING
            fcntl.ioctl(number, _SET_FLAGS, flags.to_bytes(8, sys.byteorder))
        finally:
            os.close(number)


def remove(folder: Path) -> None:
    """Remove a folder even when what was restored in it forbids its owner to."""
    for parent, folders, _files in os.walk(folder):
        for inner in folders:
            if not (path := Path(parent, inner)).is_symlink():
                with suppress(OSError):
                    path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        _loosen_all(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _loosen_all(folder: Path) -> None:
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(parent, name)  # noqa: PTH118 - many thousand files
            with suppress(OSError):
                status = os.lstat(path)
                if stat.S_ISDIR(status.st_mode) or (stat.S_ISREG(status.st_mode) and status.st_nlink == 1):
                    loosen(path)


def _lock(folder: Path) -> int | None:
    """A lock on a folder, held until its number is closed; None when another process holds it or it is no folder."""
    try:
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(number)
        return None
    return number
