"""Key files: written once, whole, for their owner alone."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def ensure_file(path: Path, made: Callable[[], bytes]) -> None:
    """Make a file (0600) when there is none; an existing one is never touched, even between two processes."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(made())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        Path(temporary).unlink(missing_ok=True)


def change_file(path: Path, changed: Callable[[bytes], bytes]) -> None:
    """Write a file again (0600), whole or not at all; of two processes that change it, one waits for the other."""
    with _alone_in(path.parent) as folder:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(changed(path.read_bytes()))
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
            os.fsync(folder)
        finally:
            Path(temporary).unlink(missing_ok=True)


@contextmanager
def _alone_in(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)
