"""What changed between two texts, line by line. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum


class LineChange(StrEnum):
    """What became of a line."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A line of one of the two texts."""

    change: LineChange
    text: str


@dataclass(frozen=True, slots=True)
class TextChange:
    """What changed between two versions in one field or part, line by line; `words` is how people call it."""

    name: str
    words: str
    lines: tuple[ChangedLine, ...]

    @property
    def changed(self) -> bool:
        """Whether the versions differ there."""
        return any(line.change is not LineChange.SAME for line in self.lines)


def changed_lines(before: str, after: str) -> tuple[ChangedLine, ...]:
    """The lines of both texts in order; where they differ, those removed come before those added."""
    old, new = before.splitlines(), after.splitlines()
    return tuple(_lines(old, new))


def _lines(old: list[str], new: list[str]) -> Iterator[ChangedLine]:
    matcher = SequenceMatcher(None, old, new)
    for tag, first, last, new_first, new_last in matcher.get_opcodes():
        if tag == "equal":
            yield from (ChangedLine(LineChange.SAME, line) for line in old[first:last])
            continue
        yield from (ChangedLine(LineChange.REMOVED, line) for line in old[first:last])
        yield from (ChangedLine(LineChange.ADDED, line) for line in new[new_first:new_last])
