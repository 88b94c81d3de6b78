"""Mail against a real relay: a worker killed while sending, a certificate nobody knows, a trusted authority."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from care import config
from care.adapters.smtp import Relay, SmtpMailer
from care.domain.access import Scope
from care.domain.mail import MailState
from care.services import outbox
from care.services.mailing import NotSent
from care.services.outbox import Letter, MailView
from care.services.platform import Platform
from care.services.setup import prepare_database
from care.wiring import build_platform
from tests.support.clock import FixedClock
from tests.support.machine import care, eventually
from tests.support.smtp import SmtpServer, smtp_server
from tests.support.tls import Authority

LETTER = Letter("rssi@hopital.test", "Échéance", "Bonjour\n")


@pytest.fixture
def relay() -> Iterator[SmtpServer]:
    with smtp_server() as server:
        yield server


@pytest.fixture
def installation(tmp_path: Path, relay: SmtpServer) -> Iterator[Platform]:
    """A platform on real adapters, shared with the processes of the test."""
    platform = build_platform(config.load(settings(tmp_path, relay), tmp_path))
    prepare_database(platform)
    yield platform
    platform.doorbell.close()
    platform.database.close()


def settings(folder: Path, relay: SmtpServer) -> dict[str, str]:
    return {
        "CARE_DATA_DIR": str(folder),
        "CARE_SMTP_HOST": "127.0.0.1",
        "CARE_SMTP_PORT": str(relay.port),
        "CARE_SMTP_STARTTLS": "no",
        "CARE_SMTP_FROM": "care@hopital.test",
    }


def only(platform: Platform, machine: Scope) -> MailView:
    (mail,) = outbox.list_mail(platform, machine).page.lines
    return mail


def test_a_worker_killed_while_sending_leaves_the_message_uncertain_until_a_person_decides(
    installation: Platform, machine: Scope, relay: SmtpServer, tmp_path: Path
) -> None:
    relay.held = threading.Event()
    with installation.database.write() as session:
        outbox.post(installation, session, LETTER)
    environment = {name: value for name, value in settings(tmp_path, relay).items() if name != "CARE_DATA_DIR"}
    with care(tmp_path, "worker", **environment) as worker:
        eventually(lambda: len(relay.received) == 1, "the relay had the whole message")
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    assert only(installation, machine).state is MailState.SENDING
    later = replace(installation, clock=FixedClock(installation.clock.now() + timedelta(minutes=6)))
    assert outbox.reap(later) == 1
    uncertain = only(later, machine)
    assert uncertain.state is MailState.UNCERTAIN
    assert "interrompu" in uncertain.trouble
    relay.held.set()
    with care(tmp_path, "worker", **environment):  # nobody asked: it stays where it is
        outbox.send_again(installation, machine, uncertain.id)
        eventually(lambda: only(installation, machine).state is MailState.SENT, "sent again by choice")
    assert len(relay.received) == 2
    assert {one["Message-ID"] for one in relay.received} == {uncertain.message_id}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def send(relay: SmtpServer, *, starttls: bool = True, ca_file: Path | None = None) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "care@hopital.test", "rssi@hopital.test", "Essai"
    message.set_content("Bonjour\n")
    SmtpMailer(Relay("127.0.0.1", relay.port, starttls, ca_file=ca_file, timeout=10)).send(message)


def test_an_unknown_authority_is_refused_with_what_to_do(authority: Authority) -> None:
    with smtp_server(authority.context) as relay, pytest.raises(NotSent) as refusal:
        send(relay)
    assert relay.received == []
    assert not refusal.value.for_ever
    assert "n’est pas reconnu" in refusal.value.text.fr
    assert "CARE_SMTP_CA_FILE" in refusal.value.text.fr
    assert "is not recognised" in refusal.value.text.en


def test_the_authority_of_the_establishment_is_trusted_once_given(authority: Authority) -> None:
    with smtp_server(authority.context) as relay:
        send(relay, ca_file=authority.file)
    assert (relay.encrypted, len(relay.received)) == (1, 1)


def test_a_relay_without_starttls_gets_nothing_in_clear(relay: SmtpServer) -> None:
    with pytest.raises(NotSent) as refusal:
        send(relay)
    assert relay.received == []
    assert "STARTTLS" in refusal.value.text.fr


def test_a_ca_file_that_is_missing_is_said(authority: Authority, tmp_path: Path) -> None:
    with smtp_server(authority.context) as relay, pytest.raises(NotSent) as refusal:
        send(relay, ca_file=tmp_path / "absent.pem")
    assert "absent.pem" in refusal.value.text.fr
