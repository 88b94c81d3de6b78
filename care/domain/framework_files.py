"""Files that hold a version of a framework: what is asked of whoever brings one, and what was read of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from care.domain.frameworks import Confidence, Framework, FrameworkKind, Unit
from scanners.errors import SaidError
from scanners.model import Text

MOST_FAULTS = 50
"""Faults of one file that are shown; the others are counted."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a foreign file does not say, from whoever brings it: a manual typed into a table, a library of another
    tool. Files of our own formats say all of it; nothing here is then looked at. None keeps the default of the format.
    """

    id: str = ""
    version: str = ""
    url: str = ""
    source: str = ""
    starts: date | None = None
    confidence: Confidence | None = None
    kind: FrameworkKind | None = None
    unit: Unit | None = None


NO_FACTS = FileFacts()


@dataclass(frozen=True, slots=True)
class FrameworkFile:
    """A framework read from a file: the canonical document that is kept, and what must be said of the reading.

    `numbered`: the file does not name its requirements, they were numbered in order while it was read.
    """

    framework: Framework
    document: bytes
    notes: tuple[Text, ...] = ()
    numbered: bool = False


class FrameworkFileError(SaidError):
    """A file that holds no usable framework; `faults` are all the sentences, the first of them is the error’s own."""

    def __init__(self, faults: Sequence[Text]) -> None:
        super().__init__(faults[0].fr, faults[0].en)
        self.faults = tuple(faults)
