"""Mails of an exercise: only the facilitation sends again what a crash cut or what would come too late."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from care.domain.access import Level, Role, Scope
from care.domain.jobs import Lane
from care.domain.mail import MailState
from care.services import jobs, outbox
from care.services.errors import Forbidden, NotFound, Refused
from care.services.exercises.conducting import STALE_AFTER, mail_prefix
from care.services.exercises.mails import drop_mail, mails_of, send_mail_again
from care.services.mailing import NotSent
from care.services.outbox import Letter
from care.services.platform import Platform
from care.services.work import Hold
from care.store.outbox import Mail
from scanners.model import Text
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.exercises import prepared, with_one_kit
from tests.support.people import Hospitals, person
from tests.support.ports import MemoryMailer

pytestmark = pytest.mark.both_databases


@pytest.fixture
def exercise(platform: Platform, hospitals: Hospitals, machine: Scope) -> int:
    return prepared(with_one_kit(platform), machine, hospitals.valley)


def posted(platform: Platform, exercise: int, place: int, what: str) -> int:
    letter = Letter(
        "a@ch.test", "Panne", "Texte", place, f"{mail_prefix(exercise)}{what}", stale_after=STALE_AFTER,
    )  # fmt: skip
    with platform.database.write() as session:
        number = outbox.post(platform, session, letter)
    assert number is not None
    return number


def cut(platform: Platform, mail_id: int, clock: FixedClock) -> None:
    """A crash while the message was on its way."""
    with platform.database.write() as session:
        lease = clock.now()
        session.execute(update(Mail).where(Mail.id == mail_id).values(state=MailState.SENDING, lease_until=lease))
    clock.forward(minutes=1)
    outbox.reap(platform)


def test_a_mail_that_a_crash_cut_leaves_again_only_by_choice(
    platform: Platform, machine: Scope, hospitals: Hospitals, exercise: int, clock: FixedClock
) -> None:
    first, second = (posted(platform, exercise, hospitals.valley, what) for what in ("S01:1", "S02:1"))
    posted(platform, exercise * 10, hospitals.valley, "S01:1")
    cut(platform, first, clock)
    cut(platform, second, clock)
    send_due(platform)
    found = mails_of(platform, machine, exercise)
    assert [(mail.id, mail.state) for mail in found.troubled] == [
        (first, MailState.UNCERTAIN), (second, MailState.UNCERTAIN),
    ]  # fmt: skip
    send_mail_again(platform, machine, exercise, first)
    drop_mail(platform, machine, exercise, second)
    outbox.send_waiting(platform, Hold(platform, claimed(platform, Lane.SERVICE)))
    assert dict(mails_of(platform, machine, exercise).by_state) == {MailState.SENT: 1, MailState.DROPPED: 1}
    assert isinstance(platform.mailer, MemoryMailer)
    with pytest.raises(Refused):
        send_mail_again(platform, machine, exercise, first)


def send_due(platform: Platform) -> None:
    """All that a worker has to do now."""
    while (claim := jobs.claim(platform, Lane.SERVICE, "w")) is not None:
        outbox.send_waiting(platform, Hold(platform, claim))


def test_a_relay_that_is_down_loses_nothing_and_floods_nobody_once_it_is_back(
    platform: Platform, machine: Scope, hospitals: Hospitals, exercise: int, clock: FixedClock
) -> None:
    assert isinstance(platform.mailer, MemoryMailer)
    platform.mailer.trouble = NotSent(Text("Relais en panne.", "Relay down."), for_ever=False, unreachable=True)
    first, second = (posted(platform, exercise, hospitals.valley, what) for what in ("S01:1", "S02:1"))
    send_due(platform)
    assert dict(mails_of(platform, machine, exercise).by_state) == {MailState.WAITING: 2}
    clock.forward(hours=1)
    outbox.reap(platform)
    platform.mailer.trouble = None
    send_due(platform)
    assert platform.mailer.sent == []
    waiting = mails_of(platform, machine, exercise).troubled
    assert [(one.id, one.state) for one in waiting] == [(first, MailState.FAILED), (second, MailState.FAILED)]
    assert Text("Relais en panne", "Relay down").render(machine.lang) in waiting[0].trouble
    send_mail_again(platform, machine, exercise, first)
    send_due(platform)
    assert len(platform.mailer.sent) == 1


def test_mails_belong_to_their_exercise_and_to_who_conducts_it(
    platform: Platform, machine: Scope, hospitals: Hospitals, exercise: int, clock: FixedClock
) -> None:
    other = prepared(with_one_kit(platform), machine, hospitals.far)
    mail = posted(platform, exercise, hospitals.valley, "S01:1")
    cut(platform, mail, clock)
    facilitator = person(Role.FACILITATOR, Level.ESTABLISHMENT, hospitals.valley)
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    assert len(mails_of(platform, facilitator, exercise).troubled) == 1
    with pytest.raises(Forbidden):
        mails_of(platform, visitor, exercise)
    with pytest.raises(NotFound):
        drop_mail(platform, stranger, exercise, mail)
    with pytest.raises(NotFound):
        send_mail_again(platform, stranger, other, mail)
    with platform.database.read() as session:
        assert session.scalars(select(Mail.state).where(Mail.id == mail)).one() is MailState.UNCERTAIN
