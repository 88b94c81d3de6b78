"""What an exercise hands out in the establishment's own words: the documents of its stimuli."""

from __future__ import annotations

from pathlib import PurePosixPath

from care.services.errors import NotFound
from care.services.exercises.rooms import in_own_words
from care.services.platform import Platform
from care.store.exercises import Exercise

WRITTEN = frozenset({".md", ".txt"})
"""Documents in which variables are replaced; any other file is handed out as it came."""


def fitted_document(platform: Platform, row: Exercise, name: str) -> bytes:
    """A document of an exercise, texts in the words of the establishment. NotFound when it has none of that name."""
    known = next((one for one in row.documents if one["name"] == name), None)
    if known is None:
        raise NotFound
    content = platform.evidence.path(known["sha256"]).read_bytes()
    if PurePosixPath(name).suffix not in WRITTEN:
        return content
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content
    return in_own_words(row, text).encode()
