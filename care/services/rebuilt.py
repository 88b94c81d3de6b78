"""What working something out again from kept files did, whatever it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scanners.model import Text

Tell = Callable[[int, int], None]
"""Told how many files are done, of how many."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was done again: `kept` runs, and why the others could not be read (by run)."""

    kept: int
    unreadable: tuple[tuple[int, Text], ...]


def silent(_done: int, _of: int) -> None:
    """Told to nobody."""
