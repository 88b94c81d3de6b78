"""What someone invited does without an account, by the link of a letter: read the invitation, answer, confirm.

The link opens nothing but that: the place, the hour, two answers, a confirmation that the mail arrived. It opens
nothing any more once the day of the exercise is over; put off, the exercise opens it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from care.domain.exercises import ExerciseStage, GuestAnswer, GuestRole
from care.services.errors import Gone, NotFound, Refused
from care.services.exercises.rooms import cell_names
from care.services.exercises.seats import hashed
from care.services.platform import Platform
from care.store.exercises import Exercise, ExerciseCheck, ExerciseGuest
from care.store.registry import Establishment
from exercises.kit import Channel
from reports.calendar import Entry, calendar, uid_of
from scanners.model import Text


@dataclass(frozen=True, slots=True)
class Invitation:
    """What someone invited sees by his link, without an account. `late`: it is no longer time to answer."""

    guest_id: int
    exercise: str
    establishment: str
    name: str
    role: GuestRole
    cell: str
    planned_at: datetime
    duration: int
    place: str
    answer: GuestAnswer | None
    asked: bool
    confirmed_at: datetime | None
    late: bool
    cancelled: bool


def open_invitation(platform: Platform, token: str) -> Invitation:
    """The invitation behind a link. NotFound when there is none (any more), Gone once its day is over."""
    with platform.database.read() as session:
        guest, row = _by_token(platform, session, token)
        place = session.get_one(Establishment, row.establishment_id)
        check = session.scalars(_mail_check(guest)).one_or_none()
        names = cell_names(row)
        return Invitation(
            guest_id=guest.id,
            exercise=row.title,
            establishment=place.name,
            name=guest.name,
            role=guest.role,
            cell=names.get(guest.cell, ""),
            planned_at=row.planned_at,
            duration=row.content["duration"],
            place=row.place,
            answer=guest.answer,
            asked=check is not None and check.asked_at is not None,
            confirmed_at=check.confirmed_at if check else None,
            late=row.stage is not ExerciseStage.PREPARED,
            cancelled=row.stage is ExerciseStage.CANCELLED,
        )


def _by_token(
    platform: Platform, session: Session, token: str, *, lock: bool = False
) -> tuple[ExerciseGuest, Exercise]:
    query = select(ExerciseGuest).where(ExerciseGuest.token_hash == hashed(token))
    guest = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if guest is None:
        raise NotFound
    row = session.get_one(Exercise, guest.exercise_id)
    zone = ZoneInfo(platform.settings.timezone)
    ends = row.ended_at or row.planned_at + timedelta(minutes=row.content["duration"])
    if platform.clock.now().astimezone(zone).date() > ends.astimezone(zone).date():
        raise Gone(_EXPIRED)
    return guest, row


_EXPIRED = Text(
    "Ce lien n’ouvre plus rien : il valait jusqu’à la fin du jour de l’exercice.",
    "This link opens nothing any more: it was good until the end of the day of the exercise.",
)


def _mail_check(guest: ExerciseGuest) -> Select[ExerciseCheck]:
    return select(ExerciseCheck).where(
        ExerciseCheck.exercise_id == guest.exercise_id,
        ExerciseCheck.channel == Channel.MAIL.value,
        ExerciseCheck.guest_id == guest.id,
    )


def answer_invitation(platform: Platform, token: str, answer: GuestAnswer) -> None:
    """Say that one comes or not; the last answer counts. Refused once the exercise has begun or was cancelled."""
    now = platform.clock.now()
    with platform.database.write() as session:
        guest, row = _by_token(platform, session, token, lock=True)
        if row.stage is not ExerciseStage.PREPARED:
            raise Refused(Text("L’exercice n’attend plus de réponse.", "The exercise expects no answer any more."))
        guest.answer, guest.answered_at = answer, now


def confirm_received(platform: Platform, token: str) -> None:
    """Say that the trial mail arrived: asked for or not, who opens the link received a mail."""
    now = platform.clock.now()
    with platform.database.write() as session:
        guest, _row = _by_token(platform, session, token, lock=True)
        check = session.scalars(_mail_check(guest)).one_or_none()
        if check is None:
            check = ExerciseCheck(exercise_id=guest.exercise_id, channel=Channel.MAIL.value, guest_id=guest.id)
            session.add(check)
        if check.confirmed_at is None:
            check.confirmed_at, check.confirmed_by = now, guest.name


def invitation_calendar(platform: Platform, token: str) -> bytes:
    """The exercise for the calendar of someone invited. NotFound."""
    with platform.database.read() as session:
        guest, row = _by_token(platform, session, token)
        title = f"EXERCICE · {row.title}"
        entry = Entry(
            uid=uid_of("exercise", row.id, guest.id),
            title=title,
            starts=row.planned_at,
            ends=row.planned_at + timedelta(minutes=row.content["duration"]),
            changed_at=row.changed_at,
            details=row.place,
        )
        return calendar(title, [entry])
