"""Pages of long lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_PER_PAGE = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list: its lines, its number from 1, and how many lines there are in all."""

    lines: tuple[T, ...]
    number: int
    per_page: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page, at least 1."""
        return max(1, -(-self.total // self.per_page))


def bounds(number: int, per_page: int) -> tuple[int, int]:
    """A usable page number and size, whatever was asked for."""
    return max(1, min(number, 1_000_000)), max(1, min(per_page, MAX_PER_PAGE))
