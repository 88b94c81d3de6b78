"""PostgreSQL dumps of a folder: each is read to its end by `pg_restore`, or to its end mark when it is plain SQL."""

from __future__ import annotations

import gzip
import os
import tarfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar, cast

from scanners.backup.collect_files import DropReader
from scanners.backup.collect_folder import Copier, Watch, regular_files, weighed
from scanners.backup.collect_process import Call, ToolFailedError, environment, output_of
from scanners.backup.collect_repository import DamagedError, Restored, StoredFile, UnreadableError, short
from scanners.backup.facts import Snapshot, Tool

_CUSTOM, _TAR_MARK, _TAR_AT = b"PGDMP", b"ustar", 257
_HEAD, _TAIL = 4_096, 4_096
_BEGINS, _ENDS = (b"PostgreSQL database",), (b"database dump complete", b"cluster dump complete")
_TABLE_OF_CONTENTS = "toc.dat"
_BLOCK = 1 << 20


@dataclass
class DumpReader(DropReader):
    """One folder of dumps, each a file (custom, tar, plain SQL, gzip or not) or a folder (`toc.dat`)."""

    tool: ClassVar[Tool] = "postgresql"

    def _point(self, entry: os.DirEntry[str]) -> Snapshot | None:
        folder = Path(entry.path)
        if not entry.is_dir(follow_symlinks=False):
            return super()._point(entry)
        if not (folder / _TABLE_OF_CONTENTS).is_file():
            return None
        weight = weighed(folder, Watch(self.deadline))
        moment = (folder / _TABLE_OF_CONTENTS).stat().st_mtime
        return self._as_point(entry.name, moment, weight.size, weight.files)

    def _by_format(self, path: Path, watch: Watch) -> Callable[[], None] | None:
        return lambda: self.read_whole(path, watch)

    def read_whole(self, path: Path, watch: Watch) -> None:
        """Read a dump to its end. DamagedError when it is cut, damaged, or no dump."""
        kind = "folder" if path.is_dir() else _begins(path)
        if kind == "tar":
            _whole_tar(path, watch)
        if kind != "text":
            self._by_tool(path)
        else:
            _plain_sql(path, watch)

    def _by_tool(self, path: Path) -> None:
        """Its table of contents, then all its data turned into SQL that nobody keeps: no server is spoken to."""
        for words in (("--list",), ("--file=/dev/null",)):
            command = ("pg_restore", *words, str(path))
            seconds = self.deadline - time.monotonic()
            try:
                output_of(Call(command, environment(self.scratch), self.scratch, seconds))
            except ToolFailedError as error:
                if "unsupported version" in error.words:
                    raise UnreadableError(
                        "pg_restore est plus ancien que le serveur qui a fait ces exports, mettez-le à jour.",
                        "pg_restore is older than the server that made these dumps, update it.",
                    ) from error
                raise DamagedError(short(error.words)) from error

    def files(self, snapshot: str) -> Iterator[StoredFile]:
        """The file, or the files of the folder."""
        if not (self.folder / snapshot).is_dir():
            yield from super().files(snapshot)
            return
        for name, status in regular_files(self.folder / snapshot, Watch(self.deadline)):
            yield StoredFile(f"{snapshot}/{name}", status.st_size)

    def restore(
        self, snapshot: str, files: Sequence[StoredFile], target: Path, *, everything: bool = False
    ) -> Restored:
        """Copy the dump; what came back is read whole too, since a copy equal to a cut dump restores nothing."""
        watch = Watch(self.deadline)
        done = Copier(self.folder, {}, watch).copy(files, target)
        try:
            if done.compared and not (self.folder / snapshot).is_dir():
                self.read_whole(target / snapshot, watch)
        except DamagedError as error:
            bad = frozenset(file.path for file in files)
            return Restored(done.compared, len(bad), done.seconds, str(error), bad)
        return done


def _begins(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(_TAR_AT + len(_TAR_MARK))
    if head.startswith(_CUSTOM):
        return "custom"
    return "tar" if head[_TAR_AT:] == _TAR_MARK else "text"


def _whole_tar(path: Path, watch: Watch) -> None:
    """Every member to its last byte: pg_restore takes the end of a cut tar for the end of its data."""
    try:
        with tarfile.open(path, "r:") as bundle:
            for member in bundle:
                watch.check()
                if member.isreg() and (inner := bundle.extractfile(member)) is not None:
                    while inner.read(_BLOCK):
                        watch.check()
    except (tarfile.TarError, EOFError) as error:
        raise DamagedError("a tar dump is cut or damaged") from error


def _plain_sql(path: Path, watch: Watch) -> None:
    """From its first comment to its last: a dump that was cut has no end mark."""
    with cast("BinaryIO", gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")) as file:
        try:
            head = file.read(_HEAD)
            tail = head
            while block := file.read(_BLOCK):
                watch.check()
                tail = (tail + block)[-_TAIL:]
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DamagedError("a compressed dump is cut or damaged") from error
    if not any(mark in head for mark in _BEGINS):
        raise DamagedError("a file is no PostgreSQL dump")
    if not any(mark in tail for mark in _ENDS):
        raise DamagedError("a dump has no end mark: it was cut")
