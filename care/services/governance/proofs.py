"""The evidence tied to rows of governance, in all the establishments of a holder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.evidence import Standing, ThingKind, standing
from care.services.evidence import readable
from care.store.bulk import among
from care.store.evidence import Evidence, EvidenceTie


@dataclass(frozen=True, slots=True)
class ProofLine:
    """A piece of evidence in place, where it lies and what its period is worth today."""

    id: int
    establishment_id: int
    title: str
    since: date | None
    until: date | None
    standing: Standing


def tied(
    session: Session, scope: Scope, sites: Collection[int], kind: ThingKind, things: Sequence[str], day: date
) -> Mapping[str, tuple[ProofLine, ...]]:
    """What proves each thing, the newest first, of what the reader may read; one query."""
    rows = session.execute(
        select(EvidenceTie.thing_id, Evidence)
        .join(Evidence, Evidence.id == EvidenceTie.evidence_id)
        .where(
            EvidenceTie.thing_kind == kind,
            EvidenceTie.thing_id.in_(things),
            among(session, Evidence.establishment_id, sorted(sites)),
            Evidence.current.is_(True),
            *readable(scope),
        )
        .order_by(Evidence.id.desc())
    )
    found: dict[str, list[ProofLine]] = defaultdict(list)
    for thing_id, row in rows:
        found[thing_id].append(_line(row, day))
    return {thing_id: tuple(lines) for thing_id, lines in found.items()}


def _line(row: Evidence, day: date) -> ProofLine:
    since, until = row.effective_from, row.effective_to
    return ProofLine(row.id, row.establishment_id, row.title or row.name, since, until, standing(since, until, day))
