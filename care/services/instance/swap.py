"""One installation put in the place of another, whole: killed at any moment, it is the old one or it becomes the new.

What is new waits beside what it replaces (`<name>.restoring`). A journal, written whole under its name, is the moment
of change: before it nothing has moved; after it every step may be done again, by the next command that opens the
installation. What was there stays as `<name>.before-restore`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from care.services.instance.manifest import BackupError
from scanners.archive import replace_file

JOURNAL = "restore.json"
WAITING, FORMER = ".restoring", ".before-restore"
_BESIDE_SQLITE = ("", "-wal", "-shm")


def waiting(final: Path) -> Path:
    """Where what will replace `final` waits."""
    return final.with_name(final.name + WAITING)


def former(final: Path) -> Path:
    """Where what `final` was is kept."""
    return final.with_name(final.name + FORMER)


def stage(new: Path, final: Path) -> None:
    """Put something new beside what it will replace, on the same disk."""
    final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    remove(waiting(final))
    shutil.move(new, waiting(final))
    sync(final.parent)


def commit(data_dir: Path, finals: Iterable[Path], mark: str = "") -> None:
    """From here on the new installation is the one: what waits takes its place, now or at the next start.

    With a `mark`, only once the database of a server bears it: that one changes by itself, in one transaction.
    """
    told = {"finals": [str(final) for final in finals], "mark": mark}
    replace_file(data_dir / JOURNAL, json.dumps(told).encode())
    sync(data_dir)


def settle(data_dir: Path, borne: Callable[[str], bool]) -> tuple[Path, ...]:
    """Do what the journal says, from wherever it was cut; what is now kept as former. Nothing without a journal.

    `borne` tells whether the database of the server bears a mark: when it does not, what waits is dropped.
    """
    journal = data_dir / JOURNAL
    if not journal.exists():
        return ()
    try:
        told = json.loads(journal.read_bytes())
        finals = [Path(one) for one in told["finals"]]
        go_on = not told["mark"] or borne(told["mark"])
        for final in finals:
            if go_on:
                _swap(final)
            else:
                remove(waiting(final))
        journal.unlink()
        sync(data_dir)
    except (OSError, ValueError, KeyError) as error:
        raise BackupError(
            f"Une restauration commencée ne peut pas s’achever ({error}) : corrigez les droits ou la place, puis"
            " recommencez ; l’ancien état est gardé sous des noms en « .before-restore ».",
            f"A restore that began cannot end ({error}): mend the rights or the room, then try again; the former state"
            " is kept under names in “.before-restore”.",
        ) from error
    return tuple(former(final) for final in finals if former(final).exists())


def _swap(final: Path) -> None:
    new, old = waiting(final), former(final)
    if not new.exists():
        return  # done before the cut
    if final.exists():
        for end in _BESIDE_SQLITE:
            remove(old.with_name(old.name + end))
        final.replace(old)
    for end in _BESIDE_SQLITE[1:]:  # the journal of the old database goes with it, never with the new one
        beside = final.with_name(final.name + end)
        if beside.exists():
            beside.replace(old.with_name(old.name + end))
    new.replace(final)
    sync(final.parent)


def remove(place: Path) -> None:
    """Remove a file or a folder, if there is one."""
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


def sync(folder: Path) -> None:
    """Names of that folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
