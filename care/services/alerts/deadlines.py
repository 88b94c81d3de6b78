"""The deadlines of alerts: the day by which an establishment says where it stands."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right
from care.domain.alerts import AlertAnswer
from care.domain.deadlines import Deadline, DeadlineKind
from care.services.deadline_source import Source, Wanted, at_site, there
from care.store.alerts import Alert, AlertPlace
from scanners.model import Text

UNSAID = frozenset({AlertAnswer.NONE, AlertAnswer.READ})
"""What is no answer yet: to have read is not to say where one stands."""


def to_answer(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Open alerts with a day to answer by, where nobody said yet what is done."""
    query = (
        select(Alert, AlertPlace.establishment_id)
        .join(AlertPlace, AlertPlace.alert_id == Alert.id)
        .where(
            Alert.closed_at.is_(None),
            Alert.answer_by <= wanted.until,
            AlertPlace.answer.in_(UNSAID),
            *there(AlertPlace.establishment_id, wanted),
        )
    )
    for alert, establishment_id in session.execute(query):
        if alert.answer_by is None:
            continue
        yield Deadline(
            kind=DeadlineKind.ALERT,
            identity=f"alert:{alert.id}:{establishment_id}",
            place=at_site(establishment_id),
            title=Text(f"Répondre à l’alerte « {alert.title} »", f"Answer the alert “{alert.title}”"),
            due_on=alert.answer_by,
            changed_at=alert.changed_at,
            address=f"/establishments/{establishment_id}/alerts/{alert.id}",
        )


SOURCES: tuple[Source, ...] = (
    Source(DeadlineKind.ALERT, to_answer, Right.SEE_FINDINGS, Right.DECIDE_FINDING, (3, 1), weekly=True),
)
"""The sources of alerts."""
