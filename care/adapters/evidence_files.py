"""The evidence store on disk: one file per content, named by its SHA-256, written once and never changed."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO

from care.services.platform import StoredFile
from scanners.errors import SaidError

_CHUNK = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


class EvidenceError(SaidError):
    """A file of the evidence store cannot be written or read."""


class FolderEvidence:
    """Files under `root`, in two levels of folders (`ab/cd/abcd…`), 0600, folders 0700."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, content: BinaryIO, limit: int) -> StoredFile:
        """Copy `content` (at most `limit` bytes) into the store, whole or not at all.

        EvidenceError when it is longer or the disk is full; nothing half-written stays. A content already there is
        not written again.
        """
        try:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._root, prefix=".incoming-")
            temporary = Path(name)
            try:
                with os.fdopen(handle, "wb") as file:
                    stored = _copy(content, file, limit)
                self._settle(temporary, stored.sha256)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:
            raise EvidenceError(
                f"La preuve n’a pas pu être enregistrée dans {self._root} ({error.strerror}) ; libérez de l’espace, "
                "puis recommencez : rien n’a été écrit à moitié.",
                f"The evidence could not be stored in {self._root} ({error.strerror}); free some space, then try "
                "again: nothing was half written.",
            ) from error
        return stored

    def path(self, sha256: str) -> Path:
        """Where a file is; EvidenceError when it is missing."""
        place = self._place(sha256)
        if not place.is_file():
            raise EvidenceError(
                f"La preuve {sha256[:12]}… manque dans {self._root} ; restaurez-la depuis votre sauvegarde.",
                f"The evidence {sha256[:12]}… is missing from {self._root}; restore it from your backup.",
            )
        return place

    def intact(self, sha256: str) -> bool:
        """Whether the file is there and still has that content."""
        try:
            with self._place(sha256).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == sha256
        except OSError:
            return False

    def forget(self, sha256: str) -> None:
        """Erase a file that nothing names any more; nothing happens when there is none."""
        self._place(sha256).unlink(missing_ok=True)

    def _place(self, sha256: str) -> Path:
        if _SHA256.match(sha256) is None:
            raise ValueError("not a SHA-256 in lower-case hexadecimal")
        return self._root / sha256[:2] / sha256[2:4] / sha256

    def _settle(self, temporary: Path, sha256: str) -> None:
        """Give the finished file its name; a link never overwrites. A damaged copy is put right by a sound one."""
        place = self._place(sha256)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.link(temporary, place)
        except FileExistsError:
            if not self.intact(sha256):
                temporary.replace(place)
        for folder in (place.parent, place.parent.parent, self._root):
            _sync_folder(folder)


def _copy(content: BinaryIO, file: BinaryIO, limit: int) -> StoredFile:
    digest, size = hashlib.sha256(), 0
    while chunk := content.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise EvidenceError(
                f"Le fichier dépasse la limite de {limit >> 20} Mio ; déposez un extrait.",
                f"The file is larger than the limit of {limit >> 20} MiB; upload an extract.",
            )
        digest.update(chunk)
        file.write(chunk)
    file.flush()
    os.fsync(file.fileno())
    return StoredFile(digest.hexdigest(), size)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
