"""What an exercise hands out in the establishment's own words: its booklets, and the documents of its stimuli."""

from __future__ import annotations

from pathlib import PurePosixPath

from care.domain.access import Right, Scope
from care.services.errors import NotFound
from care.services.exercises.rooms import exercise_row
from care.services.platform import Platform
from care.store.exercises import Exercise
from exercises.fitting import flowing, said, words_of
from exercises.kit import Booklet, Kit

WRITTEN = frozenset({".md", ".txt"})
"""Documents in which variables are replaced; any other file is handed out as it came."""


def booklet_of(platform: Platform, scope: Scope, exercise_id: int, booklet: Booklet) -> str:
    """A booklet (Markdown) in the words of the establishment. NotFound, Forbidden: only who conducts the exercise reads
    those of facilitators and observers, which give the answers."""
    right = Right.SEE_EXERCISES if booklet is Booklet.PLAYERS else Right.RUN_EXERCISE
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, right)
        return flowing(said(row.booklets.get(booklet, ""), words_of(Kit.model_validate(row.content), row.words)))


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
    return said(text, words_of(Kit.model_validate(row.content), row.words)).encode()
