"""Mail: recorded before it leaves, sent once, uncertain after a crash, against a real relay on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import update

from care.adapters.smtp import Relay, SmtpMailer
from care.domain.access import Level, Role, Scope
from care.domain.jobs import JobKind, Lane
from care.domain.mail import KEPT, MAX_ATTEMPTS, TOO_OLD, MailState, delay_after, deliverable
from care.services import jobs, outbox, work
from care.services.errors import NotFound, Refused
from care.services.mailing import MaybeSent, NotSent
from care.services.outbox import Letter, MailView
from care.services.platform import Platform
from care.services.work import Hold
from care.store.outbox import Mail
from scanners.model import Text
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.support.ports import MemoryMailer
from tests.support.postgresql import free_port
from tests.support.smtp import SmtpServer, smtp_server

both = pytest.mark.both_databases
LETTER = Letter("rssi@hopital.test", "Constat à échéance", "Bonjour,\n\n.une ligne qui commence par un point\n")


def post(platform: Platform, letter: Letter = LETTER) -> int | None:
    with platform.database.write() as session:
        return outbox.post(platform, session, letter)


def send(platform: Platform) -> None:
    """Do the sender's next job, which must exist."""
    outbox.send_waiting(platform, Hold(platform, claimed(platform, Lane.SERVICE)))


def only(platform: Platform, machine: Scope) -> MailView:
    (mail,) = outbox.list_mail(platform, machine).page.lines
    return mail


def memory(platform: Platform) -> MemoryMailer:
    assert isinstance(platform.mailer, MemoryMailer)
    return platform.mailer


@both
def test_a_message_leaves_once(platform: Platform, machine: Scope) -> None:
    post(platform)
    send(platform)
    assert jobs.claim(platform, Lane.SERVICE, "w") is None
    (sent,) = memory(platform).sent
    assert (sent["To"], sent["Subject"]) == ("rssi@hopital.test", "Constat à échéance")
    assert only(platform, machine).state is MailState.SENT


@both
def test_the_keys_of_links_are_forgotten_once_a_message_needs_no_sending(platform: Platform, machine: Scope) -> None:
    key = "Zk3-_" * 6
    link = f"https://care.hopital.test/visite/{key}"
    letter = replace(LETTER, body=f"Ouvrez {link}\nou https://care.hopital.test/establishments/12/findings\n")
    post(platform, letter)
    assert link in only(platform, machine).body
    send(platform)
    assert link in memory(platform).sent[0].get_content()
    told = "Ouvrez https://care.hopital.test/visite/…\nou https://care.hopital.test/establishments/12/findings\n"
    assert only(platform, machine).body == told
    post(platform, letter)
    memory(platform).trouble = NotSent(Text("Refusé.", "Refused."), for_ever=True)
    send(platform)
    refused = outbox.list_mail(platform, machine).page.lines[0]
    assert link in refused.body
    outbox.drop(platform, machine, refused.id)
    assert key not in outbox.list_mail(platform, machine).page.lines[0].body


@both
def test_one_purpose_is_posted_once(platform: Platform, machine: Scope) -> None:
    letter = replace(LETTER, purpose_key="reminder:12")
    assert post(platform, letter) is not None
    assert post(platform, letter) is None
    assert outbox.list_mail(platform, machine).page.total == 1


def test_a_message_of_a_failed_transaction_never_existed(platform: Platform, machine: Scope) -> None:
    def post_then_fail() -> None:
        with platform.database.write() as session:
            outbox.post(platform, session, LETTER)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        post_then_fail()
    assert outbox.list_mail(platform, machine).page.lines == ()


@both
def test_a_relay_that_is_down_delays_the_message(platform: Platform, machine: Scope, clock: FixedClock) -> None:
    post(platform)
    memory(platform).trouble = NotSent(Text("En panne.", "Down."), for_ever=False)
    send(platform)
    seen = only(platform, machine)
    assert (seen.state, seen.trouble) == (MailState.WAITING, "En panne.")
    assert jobs.claim(platform, Lane.SERVICE, "w") is None
    memory(platform).trouble = None
    clock.forward(seconds=delay_after(1).total_seconds())
    send(platform)
    assert only(platform, machine).state is MailState.SENT
    assert len(memory(platform).sent) == 1


def test_a_relay_down_for_ever_ends_in_a_failure(platform: Platform, machine: Scope, clock: FixedClock) -> None:
    post(platform)
    memory(platform).trouble = NotSent(Text("En panne.", "Down."), for_ever=False)
    for _ in range(MAX_ATTEMPTS):
        send(platform)
        clock.forward(hours=5)
    assert only(platform, machine).state is MailState.FAILED
    assert jobs.claim(platform, Lane.SERVICE, "w") is None


@both
def test_a_crash_while_sending_leaves_the_message_uncertain(
    platform: Platform, machine: Scope, clock: FixedClock
) -> None:
    post(platform)

    def power_cut(_message: EmailMessage) -> None:
        raise SystemExit

    broken = replace(platform, mailer=type("Dying", (), {"send": staticmethod(power_cut)})())
    with pytest.raises(SystemExit):
        send(broken)
    assert only(platform, machine).state is MailState.SENDING
    clock.forward(minutes=4)
    assert outbox.reap(platform) == 0
    clock.forward(minutes=2)
    assert outbox.reap(platform) == 1
    assert only(platform, machine).state is MailState.UNCERTAIN
    jobs.reap(platform)
    send(platform)
    assert memory(platform).sent == []
    outbox.send_again(platform, machine, only(platform, machine).id)
    send(platform)
    assert only(platform, machine).state is MailState.SENT
    assert len(memory(platform).sent) == 1


def test_a_message_sent_again_keeps_its_message_id(platform: Platform, machine: Scope) -> None:
    post(platform)
    seen: list[str] = []

    def silent(message: EmailMessage) -> None:
        seen.append(message["Message-ID"])
        raise MaybeSent(Text("Silence.", "Silence."))

    memory(platform).send = silent  # type: ignore[method-assign]
    send(platform)
    mail = only(platform, machine)
    assert mail.state is MailState.UNCERTAIN
    outbox.send_again(platform, machine, mail.id)
    send(platform)
    assert len(seen) == 2
    assert seen[0] == seen[1]


def test_what_left_is_not_sent_again_and_strangers_send_nothing(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    mail = post(platform, replace(LETTER, establishment_id=hospitals.valley))
    assert mail is not None
    send(platform)
    with pytest.raises(Refused):
        outbox.send_again(platform, machine, mail)
    stranger = person(Role.ADMINISTRATOR, Level.ESTABLISHMENT, hospitals.far)
    assert outbox.list_mail(platform, stranger).page.lines == ()
    with pytest.raises(NotFound):
        outbox.send_again(platform, stranger, mail)


def test_a_header_cannot_be_injected(platform: Platform) -> None:
    post(platform, Letter("rssi@hopital.test", "Bonjour\r\nBcc: x@y.test", "corps"))
    send(platform)
    (sent,) = memory(platform).sent
    assert sent["Bcc"] is None
    assert sent["Subject"] == "Bonjour Bcc: x@y.test"


@pytest.fixture
def relay() -> Iterator[SmtpServer]:
    with smtp_server() as server:
        yield server


def mailer(port: int) -> SmtpMailer:
    return SmtpMailer(Relay("127.0.0.1", port, starttls=False, timeout=5))


def test_a_real_relay_gets_the_message_as_written(platform: Platform, machine: Scope, relay: SmtpServer) -> None:
    post(platform)
    send(replace(platform, mailer=mailer(relay.port)))
    assert only(platform, machine).state is MailState.SENT
    (got,) = relay.received
    payload = got.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().replace("\r\n", "\n") == LETTER.body


@pytest.mark.parametrize(
    ("at_recipient", "after_content", "state"),
    [
        ("550 no such user", "250 queued", MailState.FAILED),
        ("450 later", "250 queued", MailState.WAITING),
        (None, "250 queued", MailState.WAITING),
        ("250 ok", "554 spam", MailState.FAILED),
        ("250 ok", "452 full", MailState.WAITING),
        ("250 ok", None, MailState.UNCERTAIN),
    ],
)
def test_what_the_relay_says_decides(
    platform: Platform,
    machine: Scope,
    relay: SmtpServer,
    at_recipient: str | None,
    after_content: str | None,
    state: MailState,
) -> None:
    relay.at_recipient, relay.after_content = at_recipient, after_content
    post(platform)
    send(replace(platform, mailer=mailer(relay.port)))
    seen = only(platform, machine)
    assert seen.state is state
    assert seen.trouble


def test_no_relay_at_all_delays_the_message(platform: Platform, machine: Scope) -> None:
    post(platform)
    send(replace(platform, mailer=mailer(free_port())))
    seen = only(platform, machine)
    assert seen.state is MailState.WAITING
    assert "CARE_SMTP" in seen.trouble


def test_a_relay_that_is_down_is_asked_once_not_for_each_message(
    platform: Platform, machine: Scope, clock: FixedClock
) -> None:
    for number in range(5):
        post(platform, replace(LETTER, recipient=f"p{number}@hopital.test"))
    asked: list[str] = []

    def down(message: EmailMessage) -> None:
        asked.append(message["To"])
        raise NotSent(Text("En panne.", "Down."), for_ever=False, unreachable=True)

    memory(platform).send = down  # type: ignore[method-assign]
    for _ in range(5):
        send(platform)
    assert len(asked) == 1
    waiting = outbox.list_mail(platform, machine).page.lines
    assert {(mail.state, mail.trouble) for mail in waiting} == {(MailState.WAITING, "En panne.")}
    assert sorted(mail.attempts for mail in waiting) == [0, 0, 0, 0, 1]
    del memory(platform).send  # type: ignore[misc]
    clock.forward(minutes=1)
    send(platform)
    assert len(memory(platform).sent) == 5


def test_stale_messages_are_given_up_while_the_relay_is_down(
    platform: Platform, machine: Scope, clock: FixedClock
) -> None:
    post(platform)
    post(platform)
    clock.forward(days=TOO_OLD.days, minutes=1)
    post(platform)
    memory(platform).trouble = NotSent(Text("En panne.", "Down."), for_ever=False, unreachable=True)
    send(platform)
    states = [mail.state for mail in reversed(outbox.list_mail(platform, machine).page.lines)]
    assert states == [MailState.WAITING, MailState.FAILED, MailState.WAITING]  # the first was the one tried


@both
def test_news_that_would_come_too_late_waits_for_a_person(
    platform: Platform, machine: Scope, clock: FixedClock
) -> None:
    post(platform, replace(LETTER, stale_after=timedelta(minutes=5)))
    memory(platform).trouble = NotSent(Text("En panne.", "Down."), for_ever=False, unreachable=True)
    send(platform)
    memory(platform).trouble = None
    clock.forward(minutes=6)
    send(platform)
    assert memory(platform).sent == []
    assert outbox.reap(platform) == 1
    mail = only(platform, machine)
    assert (mail.state, "En panne" in mail.trouble) == (MailState.FAILED, True)
    outbox.send_again(platform, machine, mail.id)
    clock.forward(minutes=6)
    send(platform)
    assert only(platform, machine).state is MailState.SENT


@both
def test_messages_that_are_over_are_forgotten_after_a_year(
    platform: Platform, machine: Scope, clock: FixedClock
) -> None:
    kept = {}
    for state in MailState:
        number = post(platform)
        kept[number] = state
        with platform.database.write() as session:
            session.execute(update(Mail).where(Mail.id == number).values(state=state))
    clock.forward(days=KEPT.days, minutes=1)
    with platform.database.write() as session:
        jobs.submit(platform, session, jobs.Order(JobKind.PURGE), "tests")
    while (claim := jobs.claim(platform, Lane.SERVICE, "w")) is not None:
        if claim.kind is JobKind.PURGE:
            work.purge(platform, Hold(platform, claim))
    left = {kept[mail.id] for mail in outbox.list_mail(platform, machine).page.lines}
    assert left == set(MailState) - {MailState.SENT, MailState.DROPPED}


@pytest.mark.parametrize(
    "address", ["jérôme@hopital.test", "a,b@x", "<?@", "a@", "a b@x.test", '"a"@x.test', "a@[1,:b"]
)
def test_an_address_no_relay_takes_fails_alone(
    platform: Platform, machine: Scope, relay: SmtpServer, address: str
) -> None:
    post(platform, replace(LETTER, recipient=address))
    post(platform)
    send(replace(platform, mailer=mailer(relay.port)))
    good, bad = outbox.list_mail(platform, machine).page.lines
    assert (good.state, bad.state) == (MailState.SENT, MailState.FAILED)
    assert "mal écrite" in bad.trouble
    assert [one["To"] for one in relay.received] == [LETTER.recipient]


@given(st.text(), st.text(), st.from_regex(r"[a-z.é,;<>()\"\[\]@ ]{1,20}", fullmatch=True))
@hypothesis_settings(max_examples=300)
def test_any_letter_whose_address_is_deliverable_can_be_written(subject: str, body: str, address: str) -> None:
    message = EmailMessage(policy=SMTP)
    message["To"] = address if deliverable(address) else "rssi@hopital.test"
    message["Subject"] = outbox._one_line(subject)
    message.set_content(outbox._storable(body))
    sent = message_from_bytes(message.as_bytes(policy=SMTP), policy=SMTP)
    assert sent.keys() == message.keys()
    assert [one[1] for one in getaddresses([str(message["To"])])] == [str(message["To"])]


@pytest.mark.parametrize("address", ["rssi@hopital.fr", "o'neil+care@ch-vallee.aphp.fr", "a@b", f"{'a' * 64}@b.fr"])
def test_usual_addresses_are_deliverable(address: str) -> None:
    assert deliverable(address)


@both
def test_what_no_database_holds_is_left_out(platform: Platform, machine: Scope) -> None:
    post(platform, Letter("rssi@hopital.test", "a\0b\ud800c", "d\0e\ud800f\n"))
    send(platform)
    (sent,) = memory(platform).sent
    assert sent["Subject"] == "ab?c"
    assert sent.get_content().strip() == "de?f"
