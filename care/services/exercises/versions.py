"""Exercises that people prepare together: who changed what since it was shown, and until when it may change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.exercises import ExerciseStage
from care.services.errors import Refused
from care.services.exercises.rooms import exercise_row
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import Thing
from care.store.exercises import Exercise
from scanners.model import Scalar, Text

FIELDS: Mapping[str, Text] = {
    "title": Text("le titre", "the title"),
    "planned_at": Text("la date", "the date"),
    "place": Text("le lieu", "the place"),
    "director": Text("le directeur de l’exercice", "the director of the exercise"),
    "plan": Text("le plan éprouvé", "the plan put to the test"),
    "nodes": Text("ce qui est mis à l’épreuve", "what is put to the test"),
    "words": Text("les mots de l’établissement", "the establishment’s words"),
    "content": Text("le chronogramme", "the chronogram"),
    "documents": Text("les documents", "the documents"),
    "booklets": Text("les livrets", "the booklets"),
}
"""What the trail of an exercise calls its parts, and how people call them."""

_TOO_LATE: Mapping[ExerciseStage, Text] = {
    ExerciseStage.LIVE: Text(
        "L’exercice a commencé : il ne se modifie plus, il s’anime.",
        "The exercise has begun: it is no longer edited, it is conducted.",
    ),
    ExerciseStage.DEBRIEF: Text(
        "L’exercice a été joué : il ne se modifie plus. Copiez-le pour le rejouer.",
        "The exercise has been played: it can no longer be changed. Copy it to play it again.",
    ),
    ExerciseStage.CLOSED: Text(
        "L’exercice est clos : il ne se modifie plus. Copiez-le pour le rejouer.",
        "The exercise is closed: it can no longer be changed. Copy it to play it again.",
    ),
    ExerciseStage.CANCELLED: Text(
        "L’exercice a été annulé. Copiez-le pour le jouer à une autre date.",
        "The exercise was cancelled. Copy it to play it on another day.",
    ),
}


def changeable(platform: Platform, session: Session, scope: Scope, exercise_id: int, seen: int) -> Exercise:
    """An exercise about to be changed, locked, if it is still being prepared and at version `seen`.

    Refused, saying who changed what since, or that it is too late; NotFound, Forbidden.
    """
    row = to_change(session, scope, exercise_id)
    if row.version != seen:
        refuse_stale(platform, session, thing_of(row), (row.changed_at, row.changed_by), seen, FIELDS)
    return row


def to_change(session: Session, scope: Scope, exercise_id: int) -> Exercise:
    """The same, whatever its version: for who changes a part of it and compares that part only."""
    row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE, lock=True)
    if row.stage in _TOO_LATE:
        raise Refused(_TOO_LATE[row.stage])
    return row


def touch(row: Exercise, fields: Iterable[str], actor: str, now: datetime) -> dict[str, Scalar]:
    """Mark a locked exercise as changed; what the trail keeps, which `changeable` reads again."""
    row.version += 1
    row.changed_at, row.changed_by = now, actor
    return {"title": row.title, "fields": ", ".join(fields), "version": row.version}


def thing_of(row: Exercise) -> Thing:
    """The exercise as the trail names it."""
    return Thing("exercise", row.id, row.establishment_id)
