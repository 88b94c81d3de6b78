"""The trial of every channel before an exercise: a mail to each guest, confirmed by its link; the rest by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.exercises import GuestRole
from care.domain.mail import MailState
from care.domain.node_names import folded
from care.services.errors import NotFound, Refused
from care.services.exercises.guests import NO_RELAY, token_of
from care.services.exercises.invitation_letters import trial
from care.services.exercises.rooms import cell_names, exercise_row
from care.services.exercises.versions import thing_of, to_change
from care.services.notices import address
from care.services.outbox import Letter, post
from care.services.platform import Platform
from care.services.trail import record
from care.store.exercises import Exercise, ExerciseCheck, ExerciseGuest
from care.store.outbox import Mail
from exercises.kit import Channel
from scanners.model import Text

BY_PERSON = (Channel.MAIL, Channel.PHONE, Channel.SMS)
"""Tried with each person; the others once for all."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """The trial of a channel with one person (`guest_id`), or once for all. `reach` is the mail or the number tried;
    `mail_state` is where the trial mail stands, `trouble` why it did not leave."""

    guest_id: int | None
    name: str
    cell: str
    reach: str
    asked_at: datetime | None
    confirmed_at: datetime | None
    confirmed_by: str
    mail_state: MailState | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class ChannelLines:
    """A channel that the exercise uses; `stimuli` count on it. `unreachable` are invited people it cannot reach."""

    channel: Channel
    stimuli: int
    lines: tuple[CheckLine, ...]
    unreachable: tuple[str, ...] = ()

    @property
    def confirmed(self) -> int:
        """How many trials arrived."""
        return sum(one.confirmed_at is not None for one in self.lines)

    @property
    def done(self) -> bool:
        """Whether every trial of this channel arrived, and it reaches everyone whom it concerns."""
        return bool(self.lines) and not self.unreachable and self.confirmed == len(self.lines)


@dataclass(frozen=True, slots=True)
class ChannelChecks:
    """Every channel of the exercise. `relayed`: mail leaves from here. `open`: trials are still made."""

    channels: tuple[ChannelLines, ...]
    relayed: bool
    open: bool

    @property
    def done(self) -> bool:
        """Whether every channel was tried with success."""
        return all(one.done for one in self.channels)


def list_checks(platform: Platform, scope: Scope, exercise_id: int) -> ChannelChecks:
    """Where the trial of each channel stands. NotFound, Forbidden."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        return checks_of(platform, session, row, scope.lang)


def checks_of(platform: Platform, session: Session, row: Exercise, lang: str) -> ChannelChecks:
    """The same, in the caller's transaction."""
    guests = session.scalars(select(ExerciseGuest).where(ExerciseGuest.exercise_id == row.id)).all()
    checks = session.scalars(select(ExerciseCheck).where(ExerciseCheck.exercise_id == row.id)).all()
    found = {(one.channel, one.guest_id): one for one in checks}
    keys = [_key(one) for one in checks if one.letters]
    mails = {str(one.purpose_key): one for one in session.scalars(select(Mail).where(Mail.purpose_key.in_(keys)))}
    names = cell_names(row)
    used = used_channels(row)
    lines = tuple(
        _by_person(one, count, _reached(row, one, guests), found, mails, names, lang)
        if one in BY_PERSON
        else ChannelLines(one, count, (_line(found.get((one, None)), None, "", {}, lang),))
        for one, count in used.items()
    )
    return ChannelChecks(lines, bool(platform.settings.smtp_host), row.stage.value == "prepared")


def used_channels(row: Exercise) -> Mapping[Channel, int]:
    """The channels of the stimuli and how many use each."""
    counts = {one: sum(s["channel"] == one for s in row.content["stimuli"]) for one in Channel}
    return {one: count for one, count in counts.items() if count}


def _reached(row: Exercise, channel: Channel, guests: Sequence[ExerciseGuest]) -> list[ExerciseGuest]:
    """Whom a channel concerns: the players of the cells that receive something by it."""
    cells = {cell for one in row.content["stimuli"] if one["channel"] == channel for cell in one["to"]}
    players = [one for one in guests if one.role is GuestRole.PLAYER and one.cell in cells]
    return sorted(players, key=lambda one: (one.cell, folded(one.name)))


def _by_person(
    channel: Channel,
    count: int,
    guests: Iterable[ExerciseGuest],
    found: Mapping[tuple[str, int | None], ExerciseCheck],
    mails: Mapping[str, Mail],
    names: Mapping[str, str],
    lang: str,
) -> ChannelLines:
    guests = list(guests)
    reachable = [one for one in guests if _reach(channel, one)]
    lines = tuple(
        _line(found.get((channel, one.id)), one, names.get(one.cell, ""), mails, lang, _reach(channel, one))
        for one in reachable
    )
    return ChannelLines(channel, count, lines, tuple(one.name for one in guests if not _reach(channel, one)))


def _reach(channel: Channel, guest: ExerciseGuest) -> str:
    return guest.mail if channel is Channel.MAIL else guest.phone


def _line(
    check: ExerciseCheck | None,
    guest: ExerciseGuest | None,
    cell: str,
    mails: Mapping[str, Mail],
    lang: str,
    reach: str = "",
) -> CheckLine:
    mail = mails.get(_key(check)) if check is not None else None
    return CheckLine(
        guest_id=guest.id if guest else None,
        name=guest.name if guest else "",
        cell=cell,
        reach=reach,
        asked_at=check.asked_at if check else None,
        confirmed_at=check.confirmed_at if check else None,
        confirmed_by=check.confirmed_by if check else "",
        mail_state=mail.state if mail else None,
        trouble=Text(mail.trouble_fr, mail.trouble_en).render(lang) if mail else "",
    )


def _key(check: ExerciseCheck) -> str:
    return f"exercise-check:{check.id}:{check.letters}"


def send_trials(platform: Platform, scope: Scope, exercise_id: int) -> int:
    """Send the trial mail to each player concerned who has not confirmed one; how many letters were posted.

    Refused without a relay, and when there is nobody to write to.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row = to_change(session, scope, exercise_id)
        if not platform.settings.smtp_host:
            raise Refused(NO_RELAY)
        guests = session.scalars(select(ExerciseGuest).where(ExerciseGuest.exercise_id == row.id)).all()
        chosen = [one for one in _reached(row, Channel.MAIL, guests) if one.mail]
        checks = [(one, _check(session, row, Channel.MAIL, one.id)) for one in chosen]
        waiting = [(guest, check) for guest, check in checks if check.confirmed_at is None]
        if not waiting:
            raise Refused(
                Text(
                    "Personne à qui écrire : aucun joueur des cellules concernées n’a d’adresse, ou tous ont confirmé.",
                    "Nobody to write to: no player of these cells has an address, or all have confirmed.",
                )
            )
        for guest, check in waiting:
            check.letters, check.asked_at = check.letters + 1, now
            link = address(platform, f"/exercise-guest/{token_of(platform, guest)}")
            subject, body = trial(scope.lang, row, guest.name, link)
            post(platform, session, Letter(guest.mail, subject, body, row.establishment_id, _key(check)))
        record(session, scope, "exercise.channels_tried", thing_of(row), now, {"count": len(waiting)})
        return len(waiting)


def _check(session: Session, row: Exercise, channel: Channel, guest_id: int | None) -> ExerciseCheck:
    """The trial of a channel; made when there is none yet. The exercise's row is held: nobody makes it twice."""
    query = select(ExerciseCheck).where(ExerciseCheck.exercise_id == row.id, ExerciseCheck.channel == channel.value)
    mine = query.where(ExerciseCheck.guest_id == guest_id if guest_id else ExerciseCheck.guest_id.is_(None))
    found = session.scalars(mine).one_or_none()
    if found is None:
        found = ExerciseCheck(exercise_id=row.id, channel=channel.value, guest_id=guest_id, letters=0)
        session.add(found)
        session.flush()
    return found


def mark_check(
    platform: Platform, scope: Scope, exercise_id: int, channel: Channel, guest_id: int | None, *, arrived: bool
) -> None:
    """Say by hand that a trial arrived, or that it did not after all. NotFound for a stranger to this exercise."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = to_change(session, scope, exercise_id)
        if guest_id is not None:
            guest = session.get(ExerciseGuest, guest_id)
            if guest is None or guest.exercise_id != row.id:
                raise NotFound
        check = _check(session, row, channel, guest_id if channel in BY_PERSON else None)
        check.confirmed_at = now if arrived else None
        check.confirmed_by = scope.actor if arrived else ""
        detail = {"channel": channel.value, "arrived": arrived}
        record(session, scope, "exercise.channel_checked", thing_of(row), now, detail)
