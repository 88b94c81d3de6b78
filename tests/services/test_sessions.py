from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from care.domain.access import PLATFORM, Grant, Role, Scope
from care.services import accounts, sessions
from care.services.accounts import AccountDraft
from care.services.errors import NotFound, Refused, Throttled
from care.services.platform import Platform
from care.store.accounts import SignInBrake, WebSession
from care.store.trail import TrailEvent
from tests.support.clock import FixedClock

both = pytest.mark.both_databases
PASSWORD = "une phrase assez longue"
HERE = "192.0.2.7"


class Counting:
    """Passwords that count how often they are hashed or verified."""

    def __init__(self) -> None:
        self.work = 0

    def hash(self, password: str) -> str:
        self.work += 1
        return f"hash of {password}"

    def verify(self, stored: str, password: str) -> bool:
        self.work += 1
        return stored == f"hash of {password}"

    def outdated(self, stored: str) -> bool:
        return False


@pytest.fixture
def person(platform: Platform, machine: Scope, clock: FixedClock) -> int:
    grants = (Grant(Role.ADMINISTRATOR, PLATFORM), Grant(Role.CISO, PLATFORM, clock.now() + timedelta(hours=1)))
    return accounts.open_account(platform, machine, AccountDraft("c.durand", "Camille Durand", PASSWORD, grants)).id


def fail(platform: Platform, times: int, login: str = "c.durand", address: str = HERE) -> None:
    for _ in range(times):
        with pytest.raises(Refused, match="Wrong login"):
            sessions.sign_in(platform, login, "faux mot de passe", address)


@both
def test_a_session_goes_on_until_signed_out(platform: Platform, person: int, clock: FixedClock) -> None:
    signed = sessions.sign_in(platform, " C.Durand ", PASSWORD, HERE, "Firefox")
    assert (signed.scope.account_id, signed.scope.roles) == (person, {Role.ADMINISTRATOR, Role.CISO})
    clock.forward(minutes=20)
    resumed = sessions.resume(platform, signed.token)
    assert resumed is not None
    assert resumed.scope.actor == "c.durand"
    sessions.sign_out(platform, signed.token)
    assert sessions.resume(platform, signed.token) is None
    sessions.sign_out(platform, signed.token)


def test_the_database_holds_no_token(platform: Platform, person: int) -> None:
    signed = sessions.sign_in(platform, "c.durand", PASSWORD, HERE)
    with platform.database.read() as session:
        assert signed.token not in session.scalars(select(WebSession.token_hash)).all()


def test_an_unused_session_ends(platform: Platform, person: int, clock: FixedClock) -> None:
    signed = sessions.sign_in(platform, "c.durand", PASSWORD, HERE)
    clock.forward(seconds=platform.settings.session_idle.total_seconds() - 1)
    assert sessions.resume(platform, signed.token) is not None
    clock.forward(seconds=platform.settings.session_idle.total_seconds())
    assert sessions.resume(platform, signed.token) is None


def test_a_used_session_ends_at_its_absolute_limit(platform: Platform, person: int, clock: FixedClock) -> None:
    signed = sessions.sign_in(platform, "c.durand", PASSWORD, HERE)
    end = clock.now() + platform.settings.session_absolute
    while clock.now() < end:
        assert sessions.resume(platform, signed.token) is not None
        clock.forward(minutes=20)
    assert sessions.resume(platform, signed.token) is None


def test_an_expired_grant_is_no_longer_held(platform: Platform, person: int, clock: FixedClock) -> None:
    signed = sessions.sign_in(platform, "c.durand", PASSWORD, HERE)
    for _ in range(3):
        clock.forward(minutes=20)
        resumed = sessions.resume(platform, signed.token)
    assert resumed is not None
    assert resumed.scope.roles == {Role.ADMINISTRATOR}


def test_the_same_sentence_for_every_wrong_sign_in(platform: Platform, person: int) -> None:
    said = set()
    for login, password in [("c.durand", "faux"), ("inconnu", PASSWORD), ("", ""), ("c.durand", PASSWORD + "x" * 300)]:
        with pytest.raises(Refused) as caught:
            sessions.sign_in(platform, login, password, HERE)
        said.add(str(caught.value))
    assert said == {"Wrong login or password."}


@both
@pytest.mark.parametrize(
    ("login", "address"),
    [
        ("nul\0octet", HERE),
        ("x" * 5000, HERE),
        ("c.durand", "garbage, " * 100),
        ("' OR 1=1 --", HERE),
        ("\ud800", HERE),
    ],
)
def test_what_a_form_may_send_is_only_a_wrong_login(platform: Platform, person: int, login: str, address: str) -> None:
    with pytest.raises(Refused, match="Wrong login"):
        sessions.sign_in(platform, login, "faux", address)


def test_an_unknown_login_costs_as_much_as_a_known_one(platform: Platform, person: int) -> None:
    passwords = Counting()
    counted = replace(platform, passwords=passwords)
    fail(counted, 1, "c.durand")
    known = passwords.work
    fail(counted, 1, "inconnu")
    assert passwords.work == 2 * known


@both
def test_five_failures_stop_an_account_before_any_hashing(platform: Platform, person: int, clock: FixedClock) -> None:
    fail(platform, 5)
    passwords = Counting()
    counted = replace(platform, passwords=passwords)
    with pytest.raises(Throttled) as caught:
        sessions.sign_in(counted, "C.DURAND", PASSWORD, "198.51.100.1")
    assert passwords.work == 0
    assert caught.value.retry_after == timedelta(seconds=30)
    clock.forward(seconds=30)
    assert sessions.sign_in(platform, "c.durand", PASSWORD, HERE)
    fail(platform, 4)


def test_an_address_is_stopped_across_accounts(platform: Platform, person: int, clock: FixedClock) -> None:
    for number in range(30):
        fail(platform, 1, f"personne{number}")
    with pytest.raises(Throttled):
        sessions.sign_in(platform, "c.durand", PASSWORD, HERE)
    assert sessions.sign_in(platform, "c.durand", PASSWORD, "198.51.100.1")
    clock.forward(hours=2)
    fail(platform, 1, "personne")


def test_right_sign_ins_never_stop_a_shared_address(platform: Platform, person: int) -> None:
    for _ in range(60):
        sessions.sign_in(platform, "c.durand", PASSWORD, HERE)


@both
def test_parallel_guesses_get_no_more_than_the_limit(platform: Platform, person: int) -> None:
    answers: list[type[Exception]] = []

    def guess() -> None:
        for _ in range(4):
            try:
                sessions.sign_in(platform, "c.durand", "faux mot de passe", HERE)
            except Refused as error:
                answers.append(type(error))

    guessers = [threading.Thread(target=guess) for _ in range(4)]
    for guesser in guessers:
        guesser.start()
    for guesser in guessers:
        guesser.join(60)
    assert (answers.count(Refused), answers.count(Throttled)) == (5, 11)


def test_own_sessions_are_listed_and_revoked(
    platform: Platform, machine: Scope, person: int, clock: FixedClock
) -> None:
    first = sessions.sign_in(platform, "c.durand", PASSWORD, HERE, "Firefox")
    clock.forward(minutes=5)
    second = sessions.sign_in(platform, "c.durand", PASSWORD, HERE, "Chromium")
    listed = sessions.list_sessions(platform, second.scope)
    assert [view.browser for view in listed] == ["Chromium", "Firefox"]
    stranger = accounts.open_account(platform, machine, AccountDraft("autre", "Autre Personne", PASSWORD))
    other = sessions.sign_in(platform, stranger.login, PASSWORD, HERE).scope
    with pytest.raises(NotFound):
        sessions.revoke_session(platform, other, listed[0].id)
    sessions.revoke_session(platform, second.scope, listed[1].id)
    assert sessions.resume(platform, first.token) is None
    assert sessions.resume(platform, second.token) is not None


def test_failures_are_in_the_trail_without_unknown_logins(platform: Platform, person: int) -> None:
    fail(platform, 1, "MonMotDePasse!")
    fail(platform, 1)
    with platform.database.read() as session:
        failed = select(TrailEvent.thing_id).where(TrailEvent.action == "account.sign_in_failed")
        assert list(session.scalars(failed.order_by(TrailEvent.number))) == ["?", "c.durand"]


@both
def test_who_guesses_elsewhere_never_keeps_a_known_browser_out(platform: Platform, person: int) -> None:
    fail(platform, 5)
    with pytest.raises(Throttled):
        sessions.sign_in(platform, "c.durand", PASSWORD, HERE)
    assert sessions.sign_in(platform, "c.durand", PASSWORD, HERE, known="mark")
    with pytest.raises(Throttled):
        sessions.sign_in(platform, "c.durand", PASSWORD, HERE)  # what the person did gave the others no attempt back


@both
def test_a_known_browser_has_a_brake_of_its_own(platform: Platform, person: int, clock: FixedClock) -> None:
    for _ in range(5):
        with pytest.raises(Refused, match="Wrong login"):
            sessions.sign_in(platform, "c.durand", "faux mot de passe", HERE, known="mark")
    passwords = Counting()
    with pytest.raises(Throttled):
        sessions.sign_in(replace(platform, passwords=passwords), "c.durand", PASSWORD, HERE, known="mark")
    assert passwords.work == 0
    assert sessions.sign_in(platform, "c.durand", PASSWORD, HERE)
    clock.forward(seconds=30)
    assert sessions.sign_in(platform, "c.durand", PASSWORD, HERE, known="mark")


@both
def test_failed_attempts_leave_nothing_after_an_hour(platform: Platform, person: int, clock: FixedClock) -> None:
    for number in range(40):
        fail(platform, 1, f"personne{number}", f"192.0.2.{number}")
    clock.forward(hours=1, seconds=1)
    fail(platform, 1, "autre", "198.51.100.1")
    with platform.database.read() as session:
        assert session.scalar(select(func.count()).select_from(SignInBrake)) == 2


def test_a_flood_that_must_wait_takes_no_lock(platform: Platform, person: int) -> None:
    fail(platform, 5)
    with platform.database.write(), pytest.raises(Throttled):
        sessions.sign_in(platform, "c.durand", PASSWORD, HERE)
