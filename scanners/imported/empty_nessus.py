"""Empties the preferences of the scan policy that a `.nessus` file repeats: some are passwords.

Only the list of plugins is left, which is what `read_nessus` reads there; every other byte of the file stays as it is,
so that the emptied file reads as the original did. Values are found by the offsets of the parser, in any encoding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from xml.parsers import expat  # the file was read by `read_xml` before, which refuses entities and document types

from scanners.imported.model import ReportError

_CHUNK = 1 << 20
_KEPT = "plugin_set"
_SECRET = {("preference", "value"), ("item", "selectedValue"), ("item", "preferenceValues")}
"""Elements that are emptied, by the name of their parent: server preferences, then those of plugins."""

Span = tuple[int, int]


def empty_preferences(source: BinaryIO, out: BinaryIO) -> int:
    """Copy `source`, seekable, to `out` without the values of its preferences; returns how many were emptied."""
    spans = _Finder().spans(source)
    source.seek(0)
    for start, end in _kept(spans):
        _copy(source, out, start, end)
    return len(spans)


def _kept(spans: list[Span]) -> Iterator[tuple[int, int | None]]:
    """What lies between the spans, and after the last one up to the end (None)."""
    start = 0
    for first, last in spans:
        yield start, first
        start = last
    yield start, None


def _copy(source: BinaryIO, out: BinaryIO, start: int, end: int | None) -> None:
    source.seek(start)
    left = end - start if end is not None else None
    while left is None or left > 0:
        chunk = source.read(_CHUNK if left is None else min(_CHUNK, left))
        if not chunk:
            return
        out.write(chunk)
        left = None if left is None else left - len(chunk)


class _Finder:
    """Walks a file and notes where each secret value begins and ends, in bytes."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = False
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._parser.EntityDeclHandler = self._refuse
        self._names: list[str] = []
        self._spans: list[Span] = []
        self._name = ""
        self._waiting = False
        self._start: int | None = None

    def spans(self, source: BinaryIO) -> list[Span]:
        """The spans, in their order, without those of the list of plugins."""
        while chunk := source.read(_CHUNK):
            self._parser.Parse(chunk, False)
        self._parser.Parse(b"", True)
        return self._spans

    def _open(self, tag: str, _attributes: object) -> None:
        self._touch()
        parent = self._names[-1] if self._names else ""
        self._names.append(tag)
        if tag == "preference":
            self._name = ""
        if (parent, tag) == ("preference", "name"):
            self._parser.CharacterDataHandler = self._said
        elif (parent, tag) in _SECRET and not (parent == "preference" and self._name.strip() == _KEPT):
            self._await()

    def _await(self) -> None:
        """The value begins at whatever comes next."""
        self._waiting, self._start = True, None
        self._parser.CharacterDataHandler = self._touch
        self._parser.StartCdataSectionHandler = self._touch
        self._parser.CommentHandler = self._touch
        self._parser.ProcessingInstructionHandler = self._touch

    def _touch(self, *_said: object) -> None:
        if self._waiting and self._start is None:
            self._start = self._parser.CurrentByteIndex

    def _said(self, text: str) -> None:
        self._name += text

    def _close(self, tag: str) -> None:
        self._names.pop()
        parent = self._names[-1] if self._names else ""
        if self._waiting and (parent, tag) in _SECRET:
            self._waiting = False
            end = self._parser.CurrentByteIndex
            if self._start is not None and end > self._start:
                self._spans.append((self._start, end))
        if not self._waiting:
            self._rest()

    def _rest(self) -> None:
        self._parser.CharacterDataHandler = None
        self._parser.StartCdataSectionHandler = None
        self._parser.CommentHandler = None
        self._parser.ProcessingInstructionHandler = None

    def _refuse(self, *_declared: object) -> None:
        raise ReportError("Ce fichier XML déclare des entités : il est refusé.", "This XML file declares entities.")
