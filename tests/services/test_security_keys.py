"""Security keys: added, asked for, refused when anything about them is not as it should be."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from care.domain.access import PLATFORM, Grant, Role, Scope
from care.services import accounts, second_factors, security_keys, sessions
from care.services.accounts import AccountDraft
from care.services.errors import Invalid, NotFound, Refused, SignInRequired
from care.services.platform import Platform
from care.services.sessions import Stage
from care.store.accounts import KeyChallenge
from care.store.trail import TrailEvent
from tests.support.authenticator import SoftKey
from tests.support.clock import FixedClock

both = pytest.mark.both_databases
LOGIN, PASSWORD, HERE, SITE = "c.durand", "une phrase assez longue", "192.0.2.7", "https://care.test"


@pytest.fixture
def secure(platform: Platform) -> Platform:
    """A platform reached over TLS by a name."""
    return replace(platform, settings=replace(platform.settings, base_url=SITE))


@pytest.fixture
def person(secure: Platform, machine: Scope) -> Scope:
    grants = (Grant(Role.CISO, PLATFORM),)
    number = accounts.open_account(secure, machine, AccountDraft(LOGIN, "Camille Durand", PASSWORD, grants)).id
    return Scope(LOGIN, "fr", frozenset(grants), number)


def session_of(platform: Platform, token: str) -> int:
    found = sessions.resume(platform, token)
    assert found is not None
    return found.session_id


def added(
    platform: Platform, person: Scope, name: str = "clé bleue", by: SoftKey | None = None
) -> tuple[SoftKey, tuple[str, ...]]:
    """A key of somebody who is signed in, by a key when there is one."""
    token = entered(platform, person, by) if by else sessions.sign_in(platform, LOGIN, PASSWORD, HERE).token
    number, key = session_of(platform, token), SoftKey(SITE)
    asked = security_keys.ask_to_add(platform, person, number)
    return key, security_keys.add_key(platform, person, number, name, PASSWORD, key.made(asked))


def entered(platform: Platform, person: Scope, key: SoftKey) -> str:
    """A session that a key opened."""
    token = half(platform)
    return sessions.confirm_by_key(platform, token, key.signed(asked(platform, person, token)), HERE).token


def half(platform: Platform) -> str:
    signed = sessions.sign_in(platform, LOGIN, PASSWORD, HERE)
    assert signed.stage is Stage.CODE
    return signed.token


def asked(platform: Platform, person: Scope, token: str) -> str:
    return security_keys.ask_to_enter(platform, person, session_of(platform, token))


def actions(platform: Platform) -> list[str]:
    with platform.database.read() as session:
        return list(session.scalars(select(TrailEvent.action).order_by(TrailEvent.number)))


@both
def test_a_key_opens_the_session(secure: Platform, person: Scope, clock: FixedClock) -> None:
    key, codes = added(secure, person)
    assert len(set(codes)) == 10
    token = half(secure)
    options = json.loads(asked(secure, person, token))
    assert (options["rpId"], options["allowCredentials"][0]["transports"]) == ("care.test", ["usb"])
    opened = sessions.confirm_by_key(secure, token, key.signed(json.dumps(options)), HERE)
    assert opened.stage is Stage.OPEN
    assert [(one.name, one.used_at) for one in security_keys.list_keys(secure, person)] == [("clé bleue", clock.now())]
    assert actions(secure)[-3:] == ["account.key_added", "account.code_asked", "account.signed_in"]


def _elsewhere(key: SoftKey, options: str) -> str:
    return replace(key, origin="https://care.test.evil.test").signed(options)


def _another(_key: SoftKey, options: str) -> str:
    return SoftKey(SITE).signed(options)


def _copied(key: SoftKey, options: str) -> str:
    """A copy of the key, which signed less often than the key did."""
    return replace(key, counter=0).signed(options)


def _forged(key: SoftKey, options: str) -> str:
    other = SoftKey(SITE, counter=key.counter, number=key.number)
    return other.signed(options)


def _older(key: SoftKey, options: str) -> str:
    return key.signed(json.dumps({**json.loads(options), "challenge": "AAAA"}))


def _nonsense(_key: SoftKey, _options: str) -> str:
    return "[" * 10_000


@pytest.mark.parametrize("answer", [_elsewhere, _another, _copied, _forged, _older, _nonsense])
def test_what_is_not_this_key_for_this_page_now_is_refused(secure: Platform, person: Scope, answer: object) -> None:
    key, _codes = added(secure, person)
    for _once in range(2):
        token = half(secure)
        sessions.confirm_by_key(secure, token, key.signed(asked(secure, person, token)), HERE)
    token = half(secure)
    options = asked(secure, person, token)
    with pytest.raises(Refused):
        sessions.confirm_by_key(secure, token, answer(key, options), HERE)  # type: ignore[operator]
    assert actions(secure)[-1] == "account.code_refused"
    with pytest.raises(Refused):  # the challenge is spent, even by the right key
        sessions.confirm_by_key(secure, token, key.signed(options), HERE)


@both
def test_a_challenge_serves_once_and_not_for_long(secure: Platform, person: Scope, clock: FixedClock) -> None:
    key, _codes = added(secure, person)
    token = half(secure)
    answer = key.signed(asked(secure, person, token))
    clock.forward(minutes=6)
    with pytest.raises((Refused, SignInRequired)):
        sessions.confirm_by_key(secure, token, answer, HERE)
    with secure.database.read() as session:
        assert not session.scalars(select(KeyChallenge)).all()


def test_a_second_key_keeps_the_codes_and_the_last_one_removed_takes_them(secure: Platform, person: Scope) -> None:
    blue, _codes = added(secure, person)
    _key, codes = added(secure, person, "clé du coffre", by=blue)
    assert codes == ()
    first, second = security_keys.list_keys(secure, person)
    security_keys.rename_key(secure, person, second.id, "coffre")
    security_keys.remove_key(secure, person, first.id, PASSWORD, None)
    factor = second_factors.own_factor(secure, person)
    assert factor.since is not None
    assert [one.name for one in security_keys.list_keys(secure, person)] == ["coffre"]
    with pytest.raises(Invalid):
        security_keys.remove_key(secure, person, second.id, "pas le bon", None)
    security_keys.remove_key(secure, person, second.id, PASSWORD, None)
    factor = second_factors.own_factor(secure, person)
    assert (factor.since, factor.codes_left) == (None, 0)


def test_a_key_is_added_once_with_the_password_and_a_name(secure: Platform, person: Scope, machine: Scope) -> None:
    number = session_of(secure, sessions.sign_in(secure, LOGIN, PASSWORD, HERE).token)
    key = SoftKey(SITE)
    for name, password in (("", PASSWORD), ("x" * 61, PASSWORD), ("clé", "faux")):
        answer = key.made(security_keys.ask_to_add(secure, person, number))
        with pytest.raises(Invalid):
            security_keys.add_key(secure, person, number, name, password, answer)
    answer = key.made(security_keys.ask_to_add(secure, person, number))
    security_keys.add_key(secure, person, number, "clé", PASSWORD, answer)
    with pytest.raises(Refused):
        security_keys.add_key(secure, person, number, "clé", PASSWORD, answer)
    answer = key.made(security_keys.ask_to_add(secure, person, number))
    with pytest.raises(Refused, match="added already"):
        security_keys.add_key(secure, person, number, "encore", PASSWORD, answer)
    other = accounts.open_account(secure, machine, AccountDraft("b", "B", PASSWORD, ())).id
    stranger = Scope("b", "fr", frozenset(), other)
    with pytest.raises(NotFound):
        security_keys.remove_key(secure, stranger, security_keys.list_keys(secure, person)[0].id, PASSWORD, None)


@pytest.mark.parametrize("address", ["http://care.test", "https://192.0.2.1", "https://[2001:db8::1]:8443"])
def test_keys_are_refused_where_browsers_let_none_answer(secure: Platform, person: Scope, address: str) -> None:
    there = replace(secure, settings=replace(secure.settings, base_url=address))
    number = session_of(there, sessions.sign_in(there, LOGIN, PASSWORD, HERE).token)
    with pytest.raises(Refused, match="https"):
        security_keys.ask_to_add(there, person, number)
    assert not security_keys.has_keys(there, person)
