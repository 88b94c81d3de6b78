"""Reads a plain SQL dump order by order, as `pg_dump` writes it. Pure.

Such a dump is made for `psql`, which also obeys lines that begin with a backslash: they run programs and write files.
Here nothing obeys them: orders go to a server one by one, the lines of a COPY with theirs, and a backslash line is
reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

MAX_ORDER_BYTES = 64 << 20
_MARK = re.compile(rb"'|\"|--|/\*|;|\$(?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)?\$")
_ENDS = {
    "plain": re.compile(rb"'"),
    "escaped": re.compile(rb"\\.|'", re.DOTALL),
    "name": re.compile(rb'"'),
    "comment": re.compile(rb"\*/|/\*"),
}
_COPY = re.compile(rb"\s*COPY\s.*\sFROM\s+stdin\b[^;]*;\s*\Z", re.IGNORECASE | re.DOTALL)
_END_OF_COPY = (b"\\.\n", b"\\.\r\n", b"\\.")
_HARMLESS = re.compile(rb"\\(?:un)?restrict\b")
"""Written since August 2025 so that psql itself obeys nothing in between."""
_LEFT_OUT = re.compile(
    rb"\s*(?:ALTER\s(?:(?!;).)*\sOWNER\s+TO\s|ALTER\s+DEFAULT\s+PRIVILEGES\s|GRANT\s|REVOKE\s|COMMENT\s+ON\s+EXTENSION\s"
    rb"|(?:CREATE|ALTER|COMMENT\s+ON)\s+(?:ROLE|PUBLICATION|SUBSCRIPTION|TABLESPACE|SCHEMA\s+public)\b"
    rb"|SET\s+(?:SESSION\s+AUTHORIZATION|ROLE|default_tablespace)\b|SECURITY\s+LABEL\s)",
    re.IGNORECASE | re.DOTALL,
)

Sort = Literal["order", "copy", "left_out", "obeyed_by_psql", "too_long"]


@dataclass(frozen=True)
class Order:
    """One order of a script. `copy`: its lines follow in the reader, until `copied` has given them all."""

    sort: Sort
    sql: bytes = b""


@dataclass
class Script:
    """A dump, read line by line: orders in turn, and the lines of the COPY that was just given."""

    lines: Iterator[bytes]
    _order: bytearray = field(default_factory=bytearray)
    _at: int = 0
    _inside: bytes = b""
    _depth: int = 0

    def orders(self) -> Iterator[Order]:
        """Every order; after one of COPY, `copied` must be read to its end."""
        for line in self.lines:
            if not self._order.strip() and not self._inside:
                self._order.clear()
                self._at = 0
                if line.lstrip().startswith(b"--"):
                    continue
                if line.startswith(b"\\"):
                    yield Order("left_out" if _HARMLESS.match(line) else "obeyed_by_psql")
                    continue
            self._order += line
            yield from self._whole()
            if len(self._order) > MAX_ORDER_BYTES:
                yield Order("too_long")
                return
        if self._order.strip():
            yield _sorted(bytes(self._order))

    def copied(self) -> Iterator[bytes]:
        """The lines of a COPY, without the mark of its end."""
        for line in self.lines:
            if line in _END_OF_COPY:
                return
            yield line

    def _whole(self) -> Iterator[Order]:
        """The orders that end in what was read so far; the rest stays."""
        while True:
            if self._inside and not self._leave():
                return
            mark = _MARK.search(self._order, self._at)
            if mark is None:
                self._at = len(self._order)
                return
            self._at = mark.end()
            if mark[0] == b";":
                order = bytes(self._order[: self._at])
                del self._order[: self._at]
                self._at = 0
                yield _sorted(order)
            elif mark[0] == b"--":
                end = self._order.find(b"\n", self._at)
                self._at = len(self._order) if end < 0 else end + 1
            else:
                self._enter(mark)

    def _enter(self, mark: re.Match[bytes]) -> None:
        before = bytes(self._order[max(0, mark.start() - 2) : mark.start()])
        if mark[0] == b"'":
            escaped = before[-1:] in (b"E", b"e") and not before[:-1].isalnum()
            self._inside = b"escaped" if escaped else b"plain"
        elif mark[0] == b'"':
            self._inside = b"name"
        elif mark[0] == b"/*":
            self._inside, self._depth = b"comment", 1
        else:
            self._inside = mark[0]

    def _leave(self) -> bool:
        """Go to the end of what is quoted; False when it is not read yet."""
        if self._inside.startswith(b"$"):
            end = self._order.find(self._inside, self._at)
            if end < 0:
                self._at = max(self._at, len(self._order) - len(self._inside))
                return False
            self._at = end + len(self._inside)
            self._inside = b""
            return True
        while (end_mark := _ENDS[self._inside.decode()].search(self._order, self._at)) is not None:
            self._at = end_mark.end()
            if end_mark[0] == b"/*":
                self._depth += 1
            elif end_mark[0] == b"*/":
                self._depth -= 1
            elif end_mark[0].startswith(b"\\"):
                continue
            if self._inside != b"comment" or self._depth == 0:
                self._inside = b""
                return True
        self._at = len(self._order)
        return False


def _sorted(order: bytes) -> Order:
    if _LEFT_OUT.match(order):
        return Order("left_out")
    return Order("copy" if _COPY.match(order) else "order", order)
