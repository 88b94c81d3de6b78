"""A file of strangers read within bounds: bytes in all, bytes without anything whole, depth, things kept."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import BinaryIO

from scanners.imported.model import ReportError

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one file. Our choices: a Nessus file of 2,000 machines weighs about 200 MB.

    `bytes` of the file; `depth` of nesting; `span` is how many bytes may go by without the end of a value or an
    element (the longest text); `nodes` are the values or elements of one record; the others are what a report keeps.
    """

    bytes: int = 512 * _MIB
    depth: int = 64
    span: int = 8 * _MIB
    nodes: int = 200_000
    findings: int = 200_000
    hosts: int = 70_000
    checks: int = 50_000


LIMITS = Limits()
"""What the platform and the command use."""


class Source:
    """A stream that counts what is read, to stop at the bounds and to say where a file is faulty."""

    def __init__(self, stream: BinaryIO, limits: Limits = LIMITS, head: bytes = b"") -> None:
        self._head = io.BytesIO(head)
        self._stream = stream
        self.limits = limits
        self.count = 0
        self.line = 1
        self._since = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes, the ones given as `head` first; ReportError beyond the bounds. b"" at the end."""
        wanted = size if size >= 0 else 1 << 16
        chunk = self._head.read(wanted) or self._stream.read(wanted)
        self.count += len(chunk)
        self.line += chunk.count(b"\n")
        self._since += len(chunk)
        if self.count > self.limits.bytes:
            raise _too("octets", "bytes", self.limits.bytes)
        if self._since > self.limits.span:
            raise _too(
                "octets pour une seule valeur", "bytes for a single value", self.limits.span, f" (ligne {self.line})"
            )
        return chunk

    def progressed(self) -> None:
        """Something whole was read."""
        self._since = 0


def too_many(fr: str, en: str, bound: int) -> ReportError:
    """The error for a bound that is passed; `fr` and `en` name the things counted."""
    return _too(fr, en, bound)


def _too(fr: str, en: str, bound: int, where: str = "") -> ReportError:
    many = f"{bound:,}".replace(",", " ")
    return ReportError(
        f"Ce fichier dépasse la limite de {many} {fr}{where} ; exportez un périmètre plus petit, en plusieurs "
        "fichiers.",
        f"This file is over the limit of {bound:,} {en}{where.replace('ligne', 'line')}; export a smaller scope, as "
        "several files.",
    )
