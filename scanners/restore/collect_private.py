"""A restored tree made private before anything of it is looked at: whoever wrote the repository may be hostile."""

from __future__ import annotations

import os
import stat
from collections import Counter
from pathlib import Path

from scanners.restore.facts import Oddity
from scanners.scratch import loosen

_SPECIAL = stat.S_ISUID | stat.S_ISGID


def made_private(folder: Path) -> dict[Oddity, int]:
    """Give a restored tree to its owner alone, and tell what it holds besides plain files and folders.

    Nothing of it is opened and no link is followed; files that would run as another account no longer do. A file that
    has another name outside the tree is left as it is: it is not ours.
    """
    found: Counter[Oddity] = Counter()
    linked: dict[tuple[int, int], list[str]] = {}
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(parent, name)  # noqa: PTH118 - many thousand files
            status = os.lstat(path)
            if (kind := _kind(status)) is not None:
                found[kind] += 1
            if kind == "hard_link":
                linked.setdefault((status.st_dev, status.st_ino), []).append(path)
            elif stat.S_ISREG(status.st_mode):
                _close(path, 0o600)
            elif stat.S_ISDIR(status.st_mode):
                _close(path, 0o700)
            found["setuid"] += stat.S_ISREG(status.st_mode) and bool(status.st_mode & _SPECIAL)
    for names in linked.values():
        if os.lstat(names[0]).st_nlink == len(names):
            _close(names[0], 0o600)
    return {kind: count for kind, count in sorted(found.items()) if count}


def _close(path: str, mode: int) -> None:
    """Change the rights of a file, be it one that its flags forbid to change."""
    try:
        os.chmod(path, mode)  # noqa: PTH101 - many thousand files
    except PermissionError:
        loosen(path)
        os.chmod(path, mode)  # noqa: PTH101 - the same


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
