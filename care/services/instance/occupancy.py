"""Who is in the installation: every command that works on it, or the one that puts another in its place.

A lock of the system on a file of the data folder: it ends with the process, however it ends.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from care.services.instance.manifest import BackupError

LOCK_FILE = "running.lock"


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """The body works on the installation of that data folder. BackupError while it is being restored."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder / LOCK_FILE, os.O_RDONLY | os.O_CREAT, 0o600)
    except OSError:
        handle = -1  # a folder that cannot be used: whoever opens the platform says so, in its own words
    try:
        if handle >= 0 and not _taken(handle, fcntl.LOCK_SH):
            raise BackupError(
                "Une restauration de l’installation est en cours : attendez sa fin.",
                "The installation is being restored: wait for the end of it.",
            )
        yield
    finally:
        if handle >= 0:
            os.close(handle)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """The body has the installation of that data folder for itself. BackupError while anything of it runs."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / LOCK_FILE, os.O_RDONLY | os.O_CREAT, 0o600)
    try:
        if not _taken(handle, fcntl.LOCK_EX):
            raise BackupError(
                "CaRE est en marche sur ce dossier de données : arrêtez « care serve » et les « care worker », puis"
                " recommencez ; rien n’a été changé.",
                "CaRE is running on this data folder: stop “care serve” and every “care worker”, then try again;"
                " nothing was changed.",
            )
        yield
    finally:
        os.close(handle)


def _taken(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
