"""The mails of an exercise: how many left, and those that wait for the facilitation's choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.mail import TROUBLED, MailState
from care.services.exercises.conducting import mail_prefix
from care.services.exercises.rooms import exercise_row
from care.services.outbox import MailView, give_up, release, troubled, view_of
from care.services.platform import Platform
from care.store.outbox import Mail


@dataclass(frozen=True, slots=True)
class ExerciseMails:
    """How many mails of an exercise are in each state, and those that are uncertain or failed, oldest first."""

    by_state: Mapping[MailState, int]
    troubled: tuple[MailView, ...]


def mails_of(platform: Platform, scope: Scope, exercise_id: int) -> ExerciseMails:
    """The mails of an exercise. NotFound, Forbidden."""
    with platform.database.read() as session:
        exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        of_it = _of(exercise_id)
        counts = session.execute(select(Mail.state, func.count()).where(of_it).group_by(Mail.state))
        by_state = {MailState(state): count for state, count in counts}
        waiting = select(Mail).where(of_it, Mail.state.in_(TROUBLED)).order_by(Mail.id)
        return ExerciseMails(by_state, tuple(view_of(row, None, scope.lang) for row in session.scalars(waiting)))


def mails_waiting(session: Session, exercise_id: int) -> int:
    """How many mails of an exercise are uncertain or failed: the facilitation chooses what becomes of them."""
    query = select(func.count()).where(Mail.state.in_(TROUBLED), _of(exercise_id))
    return session.scalar(query) or 0


def has_mails(session: Session, exercise_id: int) -> bool:
    """Whether any mail was posted for an exercise."""
    return session.scalar(select(Mail.id).where(_of(exercise_id)).limit(1)) is not None


def send_mail_again(platform: Platform, scope: Scope, exercise_id: int, mail_id: int) -> None:
    """Send an uncertain or failed mail of the exercise once more. NotFound, Forbidden; Refused when it left since."""
    with platform.database.write() as session:
        release(platform, session, scope, _waiting(session, scope, exercise_id, mail_id))


def drop_mail(platform: Platform, scope: Scope, exercise_id: int, mail_id: int) -> None:
    """Leave an uncertain or failed mail of the exercise unsent. NotFound, Forbidden; Refused when it left since."""
    with platform.database.write() as session:
        give_up(session, scope, _waiting(session, scope, exercise_id, mail_id), platform.clock.now())


def _waiting(session: Session, scope: Scope, exercise_id: int, mail_id: int) -> Mail:
    exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
    return troubled(session, mail_id, _of(exercise_id))


def _of(exercise_id: int) -> ColumnElement[bool]:
    return Mail.purpose_key.startswith(mail_prefix(exercise_id), autoescape=True)
