"""The second factor: added, asked for, spent once, lost, required by role."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from care.domain.access import PLATFORM, Grant, Role, Scope
from care.domain.one_time_codes import as_app_code, as_recovery_code
from care.services import accounts, factor_policy, second_factors, sessions
from care.services.accounts import AccountDraft
from care.services.errors import Forbidden, Invalid, Refused, SignInRequired, Throttled
from care.services.platform import Platform
from care.services.sessions import Stage
from care.store.accounts import RecoveryCode, TotpSecret
from care.store.trail import TrailEvent
from tests.support.clock import FixedClock

both = pytest.mark.both_databases
LOGIN, PASSWORD, HERE = "c.durand", "une phrase assez longue", "192.0.2.7"


@pytest.fixture
def person(platform: Platform, machine: Scope) -> Scope:
    grants = (Grant(Role.CISO, PLATFORM),)
    number = accounts.open_account(platform, machine, AccountDraft(LOGIN, "Camille Durand", PASSWORD, grants)).id
    return Scope(LOGIN, "fr", frozenset(grants), number)


def enrolled(platform: Platform, person: Scope, clock: FixedClock) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """The application of somebody's phone, and their recovery codes; a minute later, so that a new code is shown."""
    second_factors.begin(platform, person)
    begun = second_factors.own_factor(platform, person).begun
    assert begun is not None
    phone = pyotp.TOTP(begun.secret)
    codes = second_factors.confirm(platform, person, PASSWORD, phone.at(clock.now()))
    clock.forward(minutes=1)
    return phone, codes


def half(platform: Platform) -> str:
    signed = sessions.sign_in(platform, LOGIN, PASSWORD, HERE)
    assert signed.stage is Stage.CODE
    return signed.token


def actions(platform: Platform) -> list[str]:
    with platform.database.read() as session:
        return list(session.scalars(select(TrailEvent.action).order_by(TrailEvent.number)))


@both
def test_the_code_opens_the_session_under_a_new_token(platform: Platform, person: Scope, clock: FixedClock) -> None:
    phone, codes = enrolled(platform, person, clock)
    assert len(set(codes)) == 10
    token = half(platform)
    waiting = sessions.resume(platform, token)
    assert waiting is not None
    assert (waiting.stage, sessions.list_sessions(platform, person)) == (Stage.CODE, ())
    code = phone.at(clock.now())
    opened = sessions.confirm_sign_in(platform, token, f"{code[:3]} {code[3:]}", HERE)
    assert sessions.resume(platform, token) is None
    resumed = sessions.resume(platform, opened.token)
    assert resumed is not None
    assert (resumed.stage, resumed.proved) == (Stage.OPEN, True)
    assert actions(platform)[-2:] == ["account.code_asked", "account.signed_in"]


@both
def test_a_code_is_taken_once(platform: Platform, person: Scope, clock: FixedClock) -> None:
    phone, _codes = enrolled(platform, person, clock)
    code = phone.at(clock.now())
    sessions.confirm_sign_in(platform, half(platform), code, HERE)
    with pytest.raises(Refused, match="used already"):
        sessions.confirm_sign_in(platform, half(platform), code, HERE)
    assert actions(platform)[-1] == "account.code_refused"


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_differ_by_one_step(
    platform: Platform, person: Scope, clock: FixedClock, steps: int, taken: bool
) -> None:
    phone, _codes = enrolled(platform, person, clock)
    clock.forward(minutes=5)
    token, code = half(platform), phone.at(clock.now() + timedelta(seconds=30 * steps))
    if taken:
        assert sessions.confirm_sign_in(platform, token, code, HERE).stage is Stage.OPEN
    else:
        with pytest.raises(Refused):
            sessions.confirm_sign_in(platform, token, code, HERE)


@both
def test_a_recovery_code_opens_once(platform: Platform, person: Scope, clock: FixedClock) -> None:
    _phone, codes = enrolled(platform, person, clock)
    sessions.confirm_sign_in(platform, half(platform), codes[3].lower().replace("-", " "), HERE)
    assert second_factors.own_factor(platform, person).codes_left == 9
    with pytest.raises(Refused):
        sessions.confirm_sign_in(platform, half(platform), codes[3], HERE)


def test_new_codes_make_the_old_ones_worthless(platform: Platform, person: Scope, clock: FixedClock) -> None:
    phone, codes = enrolled(platform, person, clock)
    fresh = second_factors.renew_codes(platform, person, PASSWORD, phone.at(clock.now()))
    with pytest.raises(Refused):
        sessions.confirm_sign_in(platform, half(platform), codes[0], HERE)
    assert sessions.confirm_sign_in(platform, half(platform), fresh[0], HERE).stage is Stage.OPEN


def test_wrong_codes_are_slowed_down_and_a_known_browser_counts_apart(
    platform: Platform, person: Scope, clock: FixedClock
) -> None:
    phone, _codes = enrolled(platform, person, clock)
    token = half(platform)
    for _attempt in range(5):
        with pytest.raises(Refused, match="wrong"):
            sessions.confirm_sign_in(platform, token, "000 000", HERE)
    with pytest.raises(Throttled):
        sessions.confirm_sign_in(platform, token, phone.at(clock.now()), HERE)
    assert sessions.confirm_sign_in(platform, token, phone.at(clock.now()), HERE, "mark").stage is Stage.OPEN


def test_the_code_is_awaited_ten_minutes(platform: Platform, person: Scope, clock: FixedClock) -> None:
    phone, _codes = enrolled(platform, person, clock)
    token = half(platform)
    clock.forward(minutes=10)
    with pytest.raises(SignInRequired):
        sessions.confirm_sign_in(platform, token, phone.at(clock.now()), HERE)


def test_the_database_holds_neither_the_secret_nor_the_codes(
    platform: Platform, person: Scope, clock: FixedClock
) -> None:
    phone, codes = enrolled(platform, person, clock)
    with platform.database.read() as session:
        sealed = session.scalars(select(TotpSecret.sealed)).one()
        kept = set(session.scalars(select(RecoveryCode.code_hash)))
    assert phone.secret.encode() not in sealed
    assert not kept & {as_recovery_code(code) for code in codes}


def test_a_secret_not_confirmed_counts_for_nothing(platform: Platform, person: Scope, clock: FixedClock) -> None:
    second_factors.begin(platform, person)
    assert sessions.sign_in(platform, LOGIN, PASSWORD, HERE).stage is Stage.OPEN
    with pytest.raises(Invalid, match="wrong"):
        second_factors.confirm(platform, person, PASSWORD, "123456")
    with pytest.raises(Invalid, match="password"):
        second_factors.confirm(platform, person, "pas le bon du tout", "123456")


def test_one_removes_ones_own_with_password_and_code(platform: Platform, person: Scope, clock: FixedClock) -> None:
    phone, _codes = enrolled(platform, person, clock)
    with pytest.raises(Refused, match="already"):
        second_factors.begin(platform, person)
    with pytest.raises(Invalid):
        second_factors.remove_own(platform, person, PASSWORD, "000000")
    second_factors.remove_own(platform, person, PASSWORD, phone.at(clock.now()))
    assert sessions.sign_in(platform, LOGIN, PASSWORD, HERE).stage is Stage.OPEN
    assert "account.second_factor_removed" in actions(platform)


def test_passwords_guessed_there_are_slowed_down_too(platform: Platform, person: Scope, clock: FixedClock) -> None:
    phone, _codes = enrolled(platform, person, clock)
    for _attempt in range(5):
        with pytest.raises(Invalid):
            second_factors.remove_own(platform, person, "pas le bon du tout", "000000")
    with pytest.raises(Throttled):
        second_factors.remove_own(platform, person, PASSWORD, phone.at(clock.now()))


def test_an_administrator_removes_that_of_others_only(
    platform: Platform, person: Scope, machine: Scope, clock: FixedClock
) -> None:
    enrolled(platform, person, clock)
    token = half(platform)
    itself = Scope(LOGIN, "fr", machine.grants, person.account_id)
    with pytest.raises(Refused, match="your own"):
        second_factors.remove_of(platform, itself, person.account_id or 0)
    second_factors.remove_of(platform, machine, person.account_id or 0)
    assert actions(platform)[-1] == "account.second_factor_reset"
    assert sessions.resume(platform, token) is None
    assert sessions.sign_in(platform, LOGIN, PASSWORD, HERE).stage is Stage.OPEN


@both
def test_a_role_that_must_have_one_holds_the_very_next_page(
    platform: Platform, person: Scope, machine: Scope, clock: FixedClock
) -> None:
    signed = sessions.sign_in(platform, LOGIN, PASSWORD, HERE)
    factor_policy.require(platform, machine, {Role.CISO, Role.ADMINISTRATOR})
    assert factor_policy.standing(platform, machine).without[Role.CISO] == 1
    held = sessions.resume(platform, signed.token)
    assert held is not None
    assert held.stage is Stage.ENROL
    enrolled(platform, person, clock)
    assert factor_policy.standing(platform, machine).without[Role.CISO] == 0
    factor_policy.require(platform, machine, set())
    assert factor_policy.standing(platform, machine).required == frozenset()


def test_who_manages_one_hospital_does_not_choose_the_roles(platform: Platform, person: Scope) -> None:
    with pytest.raises(Forbidden):
        factor_policy.require(platform, person, {Role.CISO})
    with pytest.raises(Forbidden):
        factor_policy.standing(platform, person)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "１２３４５６", "abcdef", "-12345"])
def test_what_is_no_code_of_an_application(typed: str) -> None:
    assert as_app_code(typed) == ""
    assert as_recovery_code(typed) == ""
