"""Preparing an exercise: from a kit to something of the establishment's own, until DEBEX."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import TestKind
from care.domain.exercises import ExerciseStage
from care.services.continuity_tests import TestDraft, write_plan
from care.services.errors import Invalid, NotFound
from care.services.exercises.seats import new_code
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.typed_texts import MAX_LINE, line_of
from care.store.exercises import Exercise
from exercises.kit import Bundle, Format
from scanners.model import Text

MAX_DOCUMENT_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class ExerciseDraft:
    """An exercise as planned. `kit` is the id of a kit shipped; `words` replace its variables."""

    kit: str
    title: str
    planned_at: datetime
    place: str = ""
    director: str = ""
    plan_series: int | None = None
    node_ids: tuple[int, ...] = ()
    words: dict[str, str] = field(default_factory=dict)


def create_exercise(platform: Platform, scope: Scope, establishment_id: int, draft: ExerciseDraft) -> int:
    """Prepare an exercise from a kit and return its number; the continuity test it will count as is planned with it."""
    bundle = platform.kits.exercises.get(draft.kit)
    if bundle is None:
        raise NotFound(Text(f"Le kit « {draft.kit} » n’existe pas.", f"There is no kit “{draft.kit}”."))
    title = line_of(draft.title)
    if not 0 < len(title) <= MAX_LINE:
        raise Invalid({"title": Text(f"Un titre de 1 à {MAX_LINE} signes.", f"A title of 1 to {MAX_LINE} characters.")})
    documents = _keep_documents(platform, bundle)
    now = platform.clock.now()
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.RUN_EXERCISE)
        row = _row(platform, session, place.id, draft, bundle, scope.actor)
        row.title, row.documents = title, documents
        session.add(row)
        session.flush()
        detail = {"title": row.title, "kit": row.kit, "version": row.kit_version}
        record(session, scope, "exercise.prepared", Thing("exercise", row.id, place.id), now, detail)
        return row.id


def _row(
    platform: Platform, session: Session, establishment_id: int, draft: ExerciseDraft, bundle: Bundle, actor: str
) -> Exercise:
    now, kit = platform.clock.now(), bundle.kit
    on = draft.planned_at.astimezone(ZoneInfo(platform.settings.timezone)).date()
    kind = TestKind.FIELD if kit.format is Format.FIELD else TestKind.TABLE_TOP
    planned = TestDraft(kind, draft.title, on, plan_series=draft.plan_series, node_ids=draft.node_ids)
    test = write_plan(session, establishment_id, planned, actor, now)
    return Exercise(
        establishment_id=establishment_id,
        test_id=test.id,
        code=new_code(),
        kit=kit.id,
        kit_version=kit.version,
        content=kit.model_dump(mode="json", by_alias=True),
        booklets=dict(bundle.booklets),
        words={key: word.strip() for key, word in draft.words.items() if word.strip()},
        planned_at=draft.planned_at,
        place=line_of(draft.place),
        director=line_of(draft.director),
        stage=ExerciseStage.PREPARED,
        created_at=now,
        created_by=actor,
        changed_at=now,
        changed_by=actor,
    )


def _keep_documents(platform: Platform, bundle: Bundle) -> list[dict[str, Any]]:
    kept = [(one.name, platform.evidence.put(BytesIO(one.content), MAX_DOCUMENT_BYTES)) for one in bundle.documents]
    return [{"name": name, "sha256": file.sha256, "size": file.size} for name, file in kept]
