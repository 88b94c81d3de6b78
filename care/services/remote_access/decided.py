"""What reviews decided of accesses and nobody carried out yet: to close, to correct.

The last decision counts, from the moment it is taken. What is to be closed stands until the line is ended or a later
decision keeps it; what is to be corrected, until somebody says that it was (`taken_at` of the answer).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.access_links import LinkKind, ReviewVerdict
from care.domain.access_reviews import carried_out_by
from care.services.errors import NotFound
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.register_rows import visible_row
from care.services.trail import Thing, record
from care.store.access_links import AccessAnswer, AccessLink
from care.store.bulk import among
from care.store.remote_access import RemoteAccess


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision to carry out: which, by whom, on which day, by when it is done."""

    answer_id: int
    review_id: int
    verdict: ReviewVerdict
    on: date
    by: str
    note: str
    due_on: date

    @property
    def closes(self) -> bool:
        """Whether the access is to be closed, rather than corrected."""
        return self.verdict is ReviewVerdict.REVOKED


def to_carry_out(session: Session, access_ids: Iterable[int], zone: tzinfo) -> Mapping[int, Decided]:
    """The last decision of each access, when it is to be carried out."""
    numbers = list(access_ids)
    if not numbers:
        return {}
    rows = session.execute(
        select(AccessAnswer, AccessLink.review_id)
        .join(AccessLink, AccessLink.id == AccessAnswer.link_id)
        .where(
            AccessLink.kind == LinkKind.OWNER,
            among(session, AccessAnswer.access_id, numbers),
            AccessAnswer.verdict.is_not(None),
        )
        .order_by(AccessAnswer.decided_at, AccessAnswer.id)
    )
    last = {answer.access_id: (answer, review_id) for answer, review_id in rows}
    found = {number: _decided(answer, review_id or 0, zone) for number, (answer, review_id) in last.items()}
    return {number: one for number, one in found.items() if one is not None}


def say_corrected(platform: Platform, scope: Scope, access_id: int, answer_id: int) -> None:
    """Say that the correction asked for by a decision was made.

    NotFound when it is not the last one, or is no longer to be made; Forbidden.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row = visible_row(session, scope, RemoteAccess, access_id, see=Right.SEE_FINDINGS)
        visible_establishment(session, scope, row.establishment_id, Right.MANAGE_TARGETS)
        decided = to_carry_out(session, [row.id], UTC).get(row.id)
        if decided is None or decided.closes or decided.answer_id != answer_id:
            raise NotFound
        answer = session.get_one(AccessAnswer, answer_id, with_for_update=True)
        answer.taken_at, answer.taken_by = now, scope.actor
        record(
            session,
            scope,
            "remote_access.corrected",
            Thing("remote_access", row.id, row.establishment_id),
            now,
            {"supplier": row.supplier},
        )


def _decided(answer: AccessAnswer, review_id: int, zone: tzinfo) -> Decided | None:
    if answer.verdict is None or answer.decided_at is None or answer.taken_at is not None:
        return None
    day = answer.decided_at.astimezone(zone).date()
    due_on = carried_out_by(answer.verdict, day)
    if due_on is None:
        return None
    return Decided(answer.id, review_id, answer.verdict, day, answer.decided_by, answer.note, due_on)
