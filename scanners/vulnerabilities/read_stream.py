"""Opening a file of vulnerabilities: plain, gzip or xz, as a bounded stream. Nothing is held whole in memory."""

from __future__ import annotations

import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, cast

from scanners.errors import system_reason
from scanners.vulnerabilities.model import VulnerabilityError

HEAD_BYTES: Final = 1 << 16
MAX_UNPACKED: Final = 8 << 30
"""The whole NVD is about 2.5 GB once unpacked."""
MAX_RECORD: Final = 32 << 20
"""The largest record of the NVD is under 2 MB."""
MAX_DEPTH: Final = 4_000
"""Brackets open at once in a record: a dozen in sound files, plus those of texts. The reader's memory grows with
the square of the depth."""
_XZ_MEMORY: Final = 128 << 20
_GZIP, _XZ = b"\x1f\x8b", b"\xfd7zXZ\x00"
DAMAGED: Final = (OSError, EOFError, zlib.error, lzma.LZMAError)
"""What unpacking a cut or altered file raises."""

Tell = Callable[[int, int], None]
"""Told how many bytes of the file were read, and of how many."""


def silent(_done: int, _size: int) -> None:
    """Tell nobody."""


class Bounded(io.RawIOBase):
    """A stream that stops with a ValueError beyond a size, in all or since the last `rest()`."""

    def __init__(self, stream: BinaryIO, progress: Callable[[], None]) -> None:
        self._stream, self._progress = stream, progress
        self._whole = self._since = self._depth = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        if size == 0:
            return b""
        chunk = self._stream.read(size if size and size > 0 else HEAD_BYTES)
        self._count(len(chunk))
        self._depth += chunk.count(b"[") + chunk.count(b"{") - chunk.count(b"]") - chunk.count(b"}")
        if self._depth > MAX_DEPTH:
            raise ValueError(f"more than {MAX_DEPTH} brackets open at once")
        return chunk

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """The next bytes, for text readers."""
        chunk = self.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def text(self) -> io.TextIOWrapper:
        """The stream as UTF-8 text, its byte order mark left out; ends of lines as they are."""
        return io.TextIOWrapper(io.BufferedReader(self, HEAD_BYTES), encoding="utf-8-sig", newline="")

    def rest(self) -> None:
        """A record ended here."""
        self._since = self._depth = 0

    def _count(self, size: int) -> None:
        self._whole += size
        self._since += size
        if self._whole > MAX_UNPACKED:
            raise ValueError(f"more than {MAX_UNPACKED >> 30} GiB once unpacked")
        if self._since > MAX_RECORD:
            raise ValueError(f"a record of more than {MAX_RECORD >> 20} MiB")
        self._progress()


@contextmanager
def opened(path: Path, tell: Tell = silent) -> Iterator[tuple[bytes, Bounded]]:
    """The beginning of a file once unpacked, and all of it as a stream.

    VulnerabilityError when it cannot be opened; what is wrong inside is raised while reading.
    """
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            with unpacked(file) as stream:
                head = stream.read(HEAD_BYTES)
            file.seek(0)
            with unpacked(file) as stream:
                yield head, Bounded(stream, lambda: tell(file.tell(), size))
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile):
            raise
        reason = system_reason(error)
        raise VulnerabilityError(
            f"Le fichier {path.name} ne peut pas être lu ({reason.fr}) ; vérifiez le chemin et les droits.",
            f"The file {path.name} cannot be read ({reason.en}); check the path and the permissions.",
        ) from error


@contextmanager
def unpacked(file: BinaryIO) -> Iterator[BinaryIO]:
    """The content of a file, gzip or xz or plain, told by its first bytes."""
    start = file.read(len(_XZ))
    file.seek(0)
    if start.startswith(_GZIP):
        with gzip.GzipFile(fileobj=file) as stream:
            yield cast("BinaryIO", stream)
    elif start == _XZ:
        with _Xz(file) as xz:
            yield cast("BinaryIO", xz)
    else:
        yield file


class _Xz(io.BufferedIOBase):
    """xz within a bound of memory: the dictionary of a file of strangers may ask for gigabytes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._unpacker = file, lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY)

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes; EOFError when the file is cut."""
        wanted = size if size and size > 0 else HEAD_BYTES
        while True:
            if self._unpacker.eof and not self._next():
                return b""
            raw = self._file.read(HEAD_BYTES) if self._unpacker.needs_input else b""
            if not raw and self._unpacker.needs_input:
                raise EOFError("the xz file is cut")
            chunk = self._unpacker.decompress(raw, wanted)
            if chunk:
                return chunk

    def _next(self) -> bool:
        """Begin the stream that follows, if any: files may be joined."""
        rest = self._unpacker.unused_data.lstrip(b"\0") or self._file.read(HEAD_BYTES).lstrip(b"\0")
        if not rest:
            return False
        self._file.seek(self._file.tell() - len(rest))
        self._unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY)
        return True
