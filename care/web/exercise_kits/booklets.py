"""A booklet cut into what a page shows: titles, tables, texts. Kits are written by people, in plain Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

_TITLE = re.compile(r"(#{1,6})\s+(.+?)\s*#*\Z")
_RULE = re.compile(r"\|?\s*:?-{1,}:?\s*(\|\s*:?-{1,}:?\s*)*\|?\Z")


@dataclass(frozen=True)
class Piece:
    """A piece of a booklet: a title (`level` from 1), a table (`rows`, the first its head) or Markdown (`text`)."""

    text: str = ""
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


def pieces(text: str) -> list[Piece]:
    """The pieces of a booklet, in order."""
    found: list[Piece] = []
    for kind, lines in groupby(text.split("\n"), key=_kind):
        found += _made(kind, list(lines))
    return found


def _kind(line: str) -> str:
    if _TITLE.match(line):
        return "title"
    return "table" if line.lstrip().startswith("|") else "text"


def _made(kind: str, lines: list[str]) -> Iterator[Piece]:
    if kind == "title":
        for line in lines:
            found = _TITLE.match(line)
            assert found is not None  # noqa: S101 - `_kind` matched it
            yield Piece(found[2], level=len(found[1]))
    elif kind == "table" and len(lines) > 1 and _RULE.match(lines[1].strip()):
        yield Piece(rows=tuple(_cells(line) for number, line in enumerate(lines) if number != 1))
    elif any(line.strip() for line in lines):
        yield Piece("\n".join(lines))


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|"))
