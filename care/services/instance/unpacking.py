"""The inside of a backup, read as a stream that nobody believes: a manifest, then exactly the files it tells of.

Names are those of a short list, never paths of the archive; only plain files pass; sizes are those of the manifest,
within the room of the disk; each file is hashed as it comes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from typing import BinaryIO

from care.services.instance.envelope import BLOCK, padding
from care.services.instance.manifest import (
    EVIDENCE,
    MANIFEST,
    MOST_BYTES,
    BackupError,
    Manifest,
    Member,
    malformed,
    read_manifest,
)

_ROOM_LEFT = 64 << 20
"""What unpacking leaves free on the disk (our choice)."""


class _Part(Enum):
    HEADER = auto()
    BODY = auto()
    PADDING = auto()
    END = auto()


class Unpacker:
    """Takes the content of a backup and puts under `folder` the files whose name `kept` wants; hashes them all."""

    def __init__(self, folder: Path, kept: Callable[[str], bool]) -> None:
        self._folder, self._kept = folder, kept
        self._manifest: Manifest | None = None
        self._told = bytearray()
        self._coming: list[Member] = []
        self._member: Member | None = None
        self._file: BinaryIO | None = None
        self._digest = hashlib.sha256()
        self._size = 0
        self._part, self._left = _Part.HEADER, BLOCK

    def write(self, data: bytes) -> int:
        """Take these bytes. BackupError as soon as something is not as it must be."""
        view = memoryview(data)
        while view:
            if self._part is _Part.END:
                if bytes(view).strip(b"\0"):
                    raise malformed("fichiers en trop", "files too many")
                break
            piece, view = view[: self._left], view[self._left :]
            self._left -= len(piece)
            self._take(bytes(piece))
            self._pass_ended()
        return len(data)

    def flush(self) -> None:
        """Each file is flushed when it ends."""

    def close(self) -> None:
        """Let go of the file that was being written."""
        if self._file is not None:
            self._file.close()

    def finished(self) -> Manifest:
        """The manifest, once everything it tells of has come. BackupError when the content ended before."""
        if self._manifest is None or self._part is not _Part.END:
            raise malformed("fichier coupé", "file cut short")
        return self._manifest

    def _take(self, piece: bytes) -> None:
        if self._part is _Part.HEADER or (self._part is _Part.BODY and self._manifest is None):
            self._told += piece
        elif self._part is _Part.BODY:
            self._digest.update(piece)
            if self._file is not None:
                self._file.write(piece)

    def _pass_ended(self) -> None:
        while self._part is not _Part.END and not self._left:
            self._next()

    def _next(self) -> None:
        if self._part is _Part.HEADER:
            self._begin(bytes(self._told))
            self._told.clear()
            return
        if self._part is _Part.BODY:
            self._end()
            self._part, self._left = _Part.PADDING, len(padding(self._size))
            return
        done = not self._coming
        self._part, self._left = (_Part.END, 0) if done else (_Part.HEADER, BLOCK)

    def _begin(self, block: bytes) -> None:
        try:
            told = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeError):
            raise malformed("contenu illisible", "unreadable content") from None
        if told.type != tarfile.REGTYPE:
            raise malformed("autre chose qu’un fichier", "something else than a file")
        self._part, self._left, self._size = _Part.BODY, told.size, told.size
        if self._manifest is None:
            if told.name != MANIFEST or not 0 < told.size <= MOST_BYTES:
                raise malformed("sans manifeste", "no manifest")
            return
        self._member = self._coming.pop(0)
        if (told.name, told.size) != (self._member.name, self._member.size):
            raise malformed("fichier inattendu", "unexpected file")
        self._digest = hashlib.sha256()
        self._file = self._opened(told.name) if self._kept(told.name) else None

    def _opened(self, name: str) -> BinaryIO:
        place = self._folder / name
        if name.startswith(EVIDENCE):
            sha256 = name.removeprefix(EVIDENCE)
            place = self._folder / EVIDENCE / sha256[:2] / sha256[2:4] / sha256
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb")

    def _end(self) -> None:
        if self._manifest is None:
            self._manifest = read_manifest(bytes(self._told))
            self._told.clear()
            self._coming = list(self._manifest.members)
            self._check_room()
            return
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None
        if self._member is None or self._digest.hexdigest() != self._member.sha256:
            raise malformed("empreinte d’un fichier", "hash of a file")

    def _check_room(self) -> None:
        needed = sum(one.size for one in self._coming if self._kept(one.name)) + _ROOM_LEFT
        free = shutil.disk_usage(self._folder).free
        if needed > free:
            raise BackupError(
                f"La sauvegarde demande {needed >> 20} Mio dans {self._folder}, il en reste {free >> 20} : libérez de"
                " la place, rien n’a été changé.",
                f"The backup takes {needed >> 20} MiB in {self._folder}, {free >> 20} are left: make room, nothing was"
                " changed.",
            )
