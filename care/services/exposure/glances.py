"""The exposure targets of an establishment at a glance: their last audit, the next one, what holds it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.rhythm import WORDS
from care.services.mandates import refusal_of, signed_document
from care.services.scanning import EXPOSURE
from care.store.restraints import Rhythm
from care.store.runs import Run
from care.store.targets import Mandate, Target
from scanners.model import Lang


@dataclass(frozen=True, slots=True)
class TargetGlance:
    """A target and its last recorded audit, None before any. `next_at`: when it is audited again by itself, and `why`;
    `mandate_id` and `refusal`: why its mandate allows nothing now; `unsigned`: its signed document is not there."""

    id: int
    name: str
    run_id: int | None
    at: datetime | None
    complete: bool
    next_at: datetime | None
    why: str
    mandate_id: int | None
    unsigned: bool
    refusal: str


def targets_glanced(session: Session, establishment_id: int, now: datetime, lang: Lang) -> tuple[TargetGlance, ...]:
    """The exposure targets in use, by name."""
    last = (
        select(func.max(Run.id))
        .where(Run.establishment_id == establishment_id, Run.scanner == EXPOSURE, Run.recorded_at.is_not(None))
        .group_by(Run.target_id)
    )
    rows = session.execute(
        select(Target, Run.id, Run.collected_to, Run.complete, Rhythm, Mandate)
        .outerjoin(Rhythm, (Rhythm.target_id == Target.id) & Rhythm.enabled.is_(True))
        .outerjoin(Mandate, Mandate.id == Target.mandate_id)
        .outerjoin(Run, (Run.target_id == Target.id) & Run.id.in_(last))
        .where(Target.establishment_id == establishment_id, Target.scanner == EXPOSURE, Target.archived_at.is_(None))
        .order_by(Target.name)
    )
    return tuple(_glance(session, *row, now, lang) for row in rows)


def _glance(
    session: Session,
    target: Target,
    run_id: int | None,
    at: datetime | None,
    complete: bool | None,
    rhythm: Rhythm | None,
    mandate: Mandate | None,
    now: datetime,
    lang: Lang,
) -> TargetGlance:
    refusal = refusal_of(session, mandate, now) if mandate is not None else None
    return TargetGlance(
        id=target.id,
        name=target.name,
        run_id=run_id,
        at=at,
        complete=bool(complete),
        next_at=rhythm.due_at if rhythm is not None else None,
        why=WORDS[rhythm.step].render(lang) if rhythm is not None and rhythm.step is not None else "",
        mandate_id=mandate.id if mandate is not None else None,
        unsigned=mandate is not None and signed_document(session, mandate) is None,
        refusal=refusal.render(lang) if refusal is not None else "",
    )


def audited_before(session: Session, targets: Iterable[TargetGlance]) -> bool:
    """Whether any target has an audit before its last one."""
    numbers = [one.id for one in targets]
    counts = session.scalars(
        select(func.count())
        .select_from(Run)
        .where(Run.target_id.in_(numbers), Run.recorded_at.is_not(None))
        .group_by(Run.target_id)
    )
    return any(count > 1 for count in counts)
