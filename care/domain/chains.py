"""What reading a chain of hashes gives, link after link. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scanners.model import Text

GENESIS = "0" * 64
"""What precedes the first link of a chain."""


@dataclass(frozen=True, slots=True)
class Step:
    """One link read: its number and hash, or the fault that ends the reading there."""

    number: int
    hash: str
    fault: Text | None = None


START = Step(0, GENESIS)


def last_sound(steps: Iterable[Step], start: Step = START) -> Step:
    """The last sound link of a reading that began after `start`, with the fault met after it, if any."""
    last = start
    for step in steps:
        if step.fault is not None:
            return Step(last.number, last.hash, step.fault)
        last = step
    return last
