"""A fresh proof of who is there."""

from __future__ import annotations

import pyotp
import pytest

from care.domain.access import PLATFORM, Grant, Role, Scope
from care.services import accounts, proofs, second_factors, sessions
from care.services.accounts import AccountDraft
from care.services.errors import NotFound, Refused, Throttled
from care.services.platform import Platform
from tests.support.clock import FixedClock

both = pytest.mark.both_databases
LOGIN, PASSWORD, HERE = "c.durand", "une phrase assez longue", "192.0.2.7"


@pytest.fixture
def person(platform: Platform, machine: Scope) -> Scope:
    grants = (Grant(Role.CISO, PLATFORM),)
    number = accounts.open_account(platform, machine, AccountDraft(LOGIN, "Camille Durand", PASSWORD, grants)).id
    return Scope(LOGIN, "fr", frozenset(grants), number)


def proved(platform: Platform, token: str) -> tuple[int, bool]:
    found = sessions.resume(platform, token)
    assert found is not None
    return found.session_id, found.proved


@both
def test_a_proof_lasts_ten_minutes_and_is_made_again(platform: Platform, person: Scope, clock: FixedClock) -> None:
    token = sessions.sign_in(platform, LOGIN, PASSWORD, HERE).token
    clock.forward(minutes=9, seconds=59)
    number, fresh = proved(platform, token)
    assert fresh
    clock.forward(seconds=1)
    assert proved(platform, token) == (number, False)
    proofs.prove(platform, person, number, PASSWORD)
    assert proved(platform, token) == (number, True)


@both
def test_a_code_proves_as_well_and_once(platform: Platform, person: Scope, clock: FixedClock) -> None:
    second_factors.begin(platform, person)
    begun = second_factors.own_factor(platform, person).begun
    assert begun is not None
    phone = pyotp.TOTP(begun.secret)
    codes = second_factors.confirm(platform, person, PASSWORD, phone.at(clock.now()))
    clock.forward(minutes=1)
    waiting = sessions.sign_in(platform, LOGIN, PASSWORD, HERE).token
    token = sessions.confirm_sign_in(platform, waiting, codes[0], HERE).token
    clock.forward(minutes=11)
    number, _stale = proved(platform, token)
    code = phone.at(clock.now())
    proofs.prove(platform, person, number, code)
    assert proved(platform, token) == (number, True)
    with pytest.raises(Refused, match="neither"):
        proofs.prove(platform, person, number, code)


def test_wrong_proofs_are_slowed_down(platform: Platform, person: Scope) -> None:
    number, _fresh = proved(platform, sessions.sign_in(platform, LOGIN, PASSWORD, HERE).token)
    for _attempt in range(5):
        with pytest.raises(Refused, match="neither"):
            proofs.prove(platform, person, number, "pas le bon du tout")
    with pytest.raises(Throttled):
        proofs.prove(platform, person, number, PASSWORD)


def test_the_session_of_somebody_else_is_not_proved(platform: Platform, person: Scope, machine: Scope) -> None:
    accounts.open_account(platform, machine, AccountDraft("autre", "Lou Petit", PASSWORD))
    number, _fresh = proved(platform, sessions.sign_in(platform, "autre", PASSWORD, HERE).token)
    with pytest.raises(NotFound):
        proofs.prove(platform, person, number, PASSWORD)


def test_a_clock_gone_back_proves_nothing(platform: Platform, person: Scope, clock: FixedClock) -> None:
    token = sessions.sign_in(platform, LOGIN, PASSWORD, HERE).token
    clock.forward(minutes=-4)
    number, fresh = proved(platform, token)
    assert fresh  # what clocks are commonly set back by
    proofs.prove(platform, person, number, PASSWORD)


def test_all_other_sessions_end_at_once(platform: Platform, person: Scope, machine: Scope) -> None:
    tokens = [sessions.sign_in(platform, LOGIN, PASSWORD, HERE).token for _browser in range(3)]
    sessions.revoke_others(platform, person, proved(platform, tokens[1])[0])
    assert [sessions.resume(platform, one) is not None for one in tokens] == [False, True, False]
    accounts.end_sessions(platform, machine, person.account_id or 0)
    assert sessions.resume(platform, tokens[1]) is None
