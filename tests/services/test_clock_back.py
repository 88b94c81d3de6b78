"""A machine whose clock was two years ahead and is right again: what was dated in between is done, read and proved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from care.domain.access import PLATFORM, Grant, Role, Scope
from care.domain.brake import FREE_FOR_ACCOUNT
from care.domain.evidence import EvidenceKind
from care.domain.jobs import Claim, JobKind, JobState, Lane
from care.domain.mail import MailState
from care.services import accounts, books, evidence, evidence_chain, jobs, library, outbox, sessions
from care.services.accounts import AccountDraft
from care.services.errors import Refused, Throttled
from care.services.evidence import Details, Upload
from care.services.library import EvidenceFilter
from care.services.platform import Platform
from care.services.work import Hold
from care.store.jobs import Job
from care.store.outbox import Mail
from reports.seal import verifier
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.people import Hospitals

both = pytest.mark.both_databases
AHEAD = timedelta(days=730)
PASSWORD = "quatre canards au bord du lac"


@contextmanager
def ahead(clock: FixedClock) -> Iterator[None]:
    """Two years too late, then an hour after it began."""
    begun = clock.now()
    clock.time += AHEAD
    yield
    clock.time = begun + timedelta(hours=1)


def submit(platform: Platform, kind: JobKind = JobKind.VERIFY_EVIDENCE) -> None:
    with platform.database.write() as session:
        jobs.submit(platform, session, jobs.Order(kind), "tests")


def file(platform: Platform, scope: Scope, where: int, content: bytes) -> int:
    source = Upload("x.pdf", BytesIO(content))
    return evidence.add_evidence(platform, scope, where, Details(EvidenceKind.POLICY, "PSSI"), source)


@both
def test_what_was_asked_for_is_done(platform: Platform, hospitals: Hospitals, clock: FixedClock) -> None:
    with ahead(clock):
        submit(platform)
        with platform.database.write() as session:
            number = outbox.post(platform, session, outbox.Letter("rssi@hopital.test", "Échéance", "Bonjour"))
    assert jobs.claim(platform, Lane.SERVICE, "tests") is None
    jobs.reap(platform)
    outbox.reap(platform)
    kinds = []
    while (claim := jobs.claim(platform, Lane.SERVICE, "tests")) is not None:
        kinds.append(claim.kind)
    assert {JobKind.VERIFY_EVIDENCE, JobKind.MAIL} <= set(kinds)
    with platform.database.read() as session:
        assert session.get_one(Mail, number).due_at == clock.now()
    submit(platform, JobKind.PURGE)
    clock.time -= timedelta(minutes=30)  # a job that waits for nothing but its turn is not moved twice
    assert jobs.reap(platform) == len(kinds)


@both
def test_what_a_dead_worker_held_is_taken_back(platform: Platform, clock: FixedClock) -> None:
    with ahead(clock):
        submit(platform)
        dead = claimed(platform, Lane.SERVICE)
        with platform.database.write() as session:
            number = outbox.post(platform, session, outbox.Letter("rssi@hopital.test", "Échéance", "Bonjour"))
            mail = session.get_one(Mail, number)
            mail.state, mail.lease_until = MailState.SENDING, clock.now() + timedelta(minutes=5)
    assert jobs.reap(platform) == 1
    assert state_of(platform, dead) is JobState.QUEUED
    assert outbox.reap(platform) == 1
    with platform.database.read() as session:
        assert session.get_one(Mail, number).state is MailState.UNCERTAIN


def state_of(platform: Platform, claim: Claim) -> JobState:
    with platform.database.read() as session:
        return session.get_one(Job, claim.job_id).state


@both
def test_nobody_is_kept_out_or_in_for_two_years(platform: Platform, machine: Scope, clock: FixedClock) -> None:
    draft = AccountDraft("c.durand", "Camille Durand", PASSWORD, (Grant(Role.ADMINISTRATOR, PLATFORM),))
    accounts.open_account(platform, machine, draft)
    with ahead(clock):
        opened = sessions.sign_in(platform, "c.durand", PASSWORD, "192.0.2.1")
        for _ in range(FREE_FOR_ACCOUNT):
            with pytest.raises(Refused, match="Wrong"):
                sessions.sign_in(platform, "c.durand", "faux mot de passe", "192.0.2.1")
        with pytest.raises(Throttled):
            sessions.sign_in(platform, "c.durand", PASSWORD, "192.0.2.1")
    assert sessions.resume(platform, opened.token) is None
    again = sessions.sign_in(platform, "c.durand", PASSWORD, "192.0.2.1")
    clock.time -= timedelta(minutes=2)
    assert sessions.resume(platform, again.token) is not None, "a clock set right by two minutes signs nobody out"


@both
def test_a_file_read_in_the_future_is_read_again(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    with ahead(clock):
        number = file(platform, machine, hospitals.valley, b"%PDF-1")
    path = evidence.open_content(platform, machine, number).path
    path.chmod(0o600)
    path.write_bytes(b"%PDF-2")
    submit(platform)
    evidence.verify(platform, Hold(platform, claimed(platform, Lane.SERVICE)))
    assert library.open_evidence(platform, machine, number).line.sound is False


@both
def test_the_chain_holds_and_its_book_is_verified(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock, tmp_path: Path
) -> None:
    file(platform, machine, hospitals.valley, b"%PDF-1")
    with ahead(clock):
        number = file(platform, machine, hospitals.valley, b"%PDF-2")
        books.write(
            platform, machine, hospitals.valley, EvidenceFilter(), BytesIO()
        )  # signs the chain, two years ahead
    details = replace(Details(EvidenceKind.POLICY, "PSSI"), note="à l’heure")
    evidence.new_version(platform, machine, number, details, Upload("x.pdf", BytesIO(b"%PDF-3")), 1)
    step = evidence_chain.verify_chain(platform, hospitals.valley)
    assert (step.number, step.fault) == (3, None)
    with (tmp_path / "dossier.zip").open("w+b") as out:
        assert books.write(platform, machine, hospitals.valley, EvidenceFilter(former=True), out) == 3
    assert verifier.verify(tmp_path / "dossier.zip", platform.signer.key_id).problems == ()
