"""Makes the end of every stream of a PDF unmistakable.

A stream's data is followed by a line feed and `endstream`. Where the data itself ends with a carriage return (one
compressed stream in 256), a strict reader takes both for the end of line and finds the stream one byte shorter than its
declared length, against ISO 19005-2, 6.1.7.1. There the line feed is made a full CR LF, and offsets are moved along.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise

_TRAILER = re.compile(rb"startxref\n(\d+)\n%%EOF\s*\Z")
_ENTRY = re.compile(rb"(\d{10}) (\d{5}) n\r\n")
_AMBIGUOUS = b"\r\nendstream"
_LENGTH = re.compile(rb"/Length (\d+)")
_STREAM = b">>\nstream\n"


def with_clear_ends(document: bytes) -> bytes:
    """The same document, valid to strict readers; unchanged when it has no table of offsets as Typst writes it."""
    trailer = _TRAILER.search(document)
    if trailer is None or not document.startswith(b"xref\n", int(trailer[1])):
        return document
    table = int(trailer[1])
    entries = document[table : trailer.start()]
    places = _ambiguous_ends(document, sorted(int(entry[1]) for entry in _ENTRY.finditer(entries)), table)
    if not places:
        return document

    def moved(offset: int) -> int:
        return offset + bisect_left(places, offset)

    new_entries = _ENTRY.sub(lambda entry: b"%010d %b n\r\n" % (moved(int(entry[1])), entry[2]), entries)
    body = b"\r".join(document[start:end] for start, end in pairwise([0, *places, table]))
    return body + new_entries + b"startxref\n%d\n%%%%EOF" % moved(table)


def _ambiguous_ends(document: bytes, objects: list[int], table: int) -> list[int]:
    """Where the line feed of each such stream stands, in order."""
    places = []
    for start, after in pairwise([*objects, table]):
        opening = document.find(_STREAM, start, after)
        length = _LENGTH.search(document, start, opening) if opening >= 0 else None
        if length is None:
            continue
        end = opening + len(_STREAM) + int(length[1])
        if document.startswith(_AMBIGUOUS, end - 1):
            places.append(end)
    return places
