"""Errors that reach a person: one sentence in both languages saying what happened, where, and what to do."""

from __future__ import annotations

from scanners.model import Text


class SaidError(Exception):
    """An expected failure with its sentence for people. `str()` is the English one."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(fr, en)


class CollectError(SaidError):
    """A collection could not be made: wrong password, unreachable host, missing tool, target outside the mandate…"""


class ArchiveError(SaidError):
    """A facts file cannot be read or written."""
