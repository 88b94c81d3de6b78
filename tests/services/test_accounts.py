from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from care.domain.access import PLATFORM, Grant, Level, Place, Role, Scope
from care.services import accounts, setup
from care.services.accounts import AccountDraft, AccountView
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.platform import Platform
from care.services.sessions import resume, sign_in
from care.store.accounts import Account
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person

both = pytest.mark.both_databases
PASSWORD = "une phrase assez longue"
WHOLE = Grant(Role.ADMINISTRATOR, PLATFORM)


def draft(login: str, *grants: Grant, password: str = PASSWORD) -> AccountDraft:
    return AccountDraft(login=login, name="Camille Durand", password=password, grants=grants)


def opened(platform: Platform, scope: Scope, login: str, *grants: Grant) -> AccountView:
    return accounts.open_account(platform, scope, draft(login, *grants))


@both
def test_the_first_run_makes_one_administrator_only(platform: Platform) -> None:
    assert setup.needs_setup(platform)
    refused: list[Exception] = []

    def create(login: str) -> None:
        try:
            setup.create_first_administrator(platform, draft(login))
        except Refused as error:
            refused.append(error)

    people = [threading.Thread(target=create, args=(f"chef{number}",)) for number in range(3)]
    for one in people:
        one.start()
    for one in people:
        one.join(30)
    assert len(refused) == 2
    assert not setup.needs_setup(platform)
    with platform.database.read() as session:
        assert [row.grant for row in session.scalars(select(Account)).one().grants] == [WHOLE]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"login": "a b"}, "login"),
        ({"login": "-x"}, "login"),
        ({"login": "é"}, "login"),
        ({"name": " "}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"email": "a@" + "b" * 253}, "email"),
        ({"email": "x"}, "email"),
        ({"lang": "de"}, "lang"),
        ({"password": "court"}, "password"),
    ],
)
def test_wrong_fields_are_named(platform: Platform, machine: Scope, change: dict[str, str], field: str) -> None:
    values = {"login": "c.durand", "name": "Camille Durand", "password": PASSWORD, **change}
    with pytest.raises(Invalid) as caught:
        accounts.open_account(platform, machine, AccountDraft(**values))
    assert set(caught.value.fields) == {field}


def test_a_login_is_taken_whatever_its_case(platform: Platform, machine: Scope) -> None:
    assert opened(platform, machine, "C.Durand").login == "c.durand"
    with pytest.raises(Invalid, match="already taken"):
        opened(platform, machine, "c.durand")


@both
def test_the_last_administrator_stays(platform: Platform, machine: Scope, clock: FixedClock) -> None:
    chief = opened(platform, machine, "chef", WHOLE)
    passing = Grant(Role.ADMINISTRATOR, PLATFORM, clock.now() + timedelta(days=1))
    opened(platform, machine, "interim", passing)
    with pytest.raises(Refused, match="last administrator"):
        accounts.set_active(platform, machine, chief.id, False)
    with pytest.raises(Refused, match="last administrator"):
        accounts.take_grant(platform, machine, chief.id, chief.grants[0].id)
    other = opened(platform, machine, "autre", WHOLE)
    assert not accounts.set_active(platform, machine, chief.id, False).active
    with pytest.raises(Refused):
        accounts.set_active(platform, machine, other.id, False)
    assert accounts.set_active(platform, machine, chief.id, True).active


@both
def test_two_administrators_cannot_remove_each_other_at_once(platform: Platform, machine: Scope) -> None:
    pair = [opened(platform, machine, login, WHOLE).id for login in ("un", "deux")]
    refused: list[Exception] = []

    def close(account_id: int) -> None:
        try:
            accounts.set_active(platform, machine, account_id, False)
        except Refused as error:
            refused.append(error)

    racers = [threading.Thread(target=close, args=(account_id,)) for account_id in pair]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(30)
    assert len(refused) == 1


def test_nobody_gives_more_than_they_hold(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    local = person(Role.ADMINISTRATOR, Level.GHT, hospitals.ght)
    ciso = Grant(Role.CISO, Place(Level.ESTABLISHMENT, hospitals.valley))
    made = opened(platform, local, "rssi", ciso)
    assert made.grants[0].place_name == "Hôpital de la Vallée"
    for too_much in (WHOLE, Grant(Role.CISO, Place(Level.ESTABLISHMENT, hospitals.far))):
        with pytest.raises(Forbidden):
            opened(platform, local, "autre", too_much)
        with pytest.raises(Forbidden):
            accounts.give_grant(platform, local, made.id, too_much)
    with pytest.raises(Forbidden):
        opened(platform, person(Role.CISO, Level.GHT, hospitals.ght), "autre", ciso)


def test_an_account_above_is_neither_seen_nor_changed(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    chief = opened(platform, machine, "chef", WHOLE)
    ciso = Grant(Role.CISO, Place(Level.ESTABLISHMENT, hospitals.valley))
    below = opened(platform, machine, "rssi", ciso)
    across = opened(platform, machine, "partout", ciso, Grant(Role.CISO, Place(Level.ESTABLISHMENT, hospitals.far)))
    local = person(Role.ADMINISTRATOR, Level.GHT, hospitals.ght)
    assert [view.id for view in accounts.list_accounts(platform, local)] == [below.id]
    for account_id in (chief.id, across.id, 999):
        with pytest.raises(NotFound):
            accounts.find_account(platform, local, account_id)
        with pytest.raises(NotFound):
            accounts.reset_password(platform, local, account_id, PASSWORD)
    with pytest.raises(Forbidden):
        accounts.list_accounts(platform, person(Role.DIRECTION))


def test_an_own_account_is_seen_and_changed(platform: Platform, machine: Scope) -> None:
    opened(platform, machine, "c.durand")
    mine = sign_in(platform, "c.durand", PASSWORD, "127.0.0.1")
    assert mine.scope.account_id is not None
    assert accounts.find_account(platform, mine.scope, mine.scope.account_id).login == "c.durand"
    changed = accounts.change_profile(platform, mine.scope, "Camille D.", "c@hopital.fr", "en")
    assert (changed.name, changed.email, changed.lang) == ("Camille D.", "c@hopital.fr", "en")
    with pytest.raises(Invalid):
        accounts.change_profile(platform, mine.scope, "", "c@hopital.fr", "en")


def test_changing_a_password_wants_the_present_one_and_ends_other_sessions(platform: Platform, machine: Scope) -> None:
    opened(platform, machine, "c.durand")
    here, there = (sign_in(platform, "c.durand", PASSWORD, "127.0.0.1") for _ in range(2))
    kept = resume(platform, here.token)
    assert kept is not None
    with pytest.raises(Invalid) as caught:
        accounts.change_password(platform, here.scope, "autre chose ici", "nouvelle phrase longue")
    assert set(caught.value.fields) == {"current"}
    with pytest.raises(Invalid) as caught:
        accounts.change_password(platform, here.scope, PASSWORD, "court")
    assert set(caught.value.fields) == {"password"}
    accounts.change_password(platform, here.scope, PASSWORD, "nouvelle phrase longue", kept.session_id)
    assert resume(platform, here.token) is not None
    assert resume(platform, there.token) is None
    assert sign_in(platform, "c.durand", "nouvelle phrase longue", "127.0.0.1")


def test_a_reset_or_a_closing_ends_every_session(platform: Platform, machine: Scope) -> None:
    opened(platform, machine, "chef", WHOLE)
    made = opened(platform, machine, "c.durand")
    first = sign_in(platform, "c.durand", PASSWORD, "127.0.0.1")
    accounts.reset_password(platform, machine, made.id, "nouvelle phrase longue")
    assert resume(platform, first.token) is None
    second = sign_in(platform, "c.durand", "nouvelle phrase longue", "127.0.0.1")
    accounts.set_active(platform, machine, made.id, False)
    assert resume(platform, second.token) is None
    with pytest.raises(Refused):
        sign_in(platform, "c.durand", "nouvelle phrase longue", "127.0.0.1")


def test_no_password_and_no_hash_reaches_the_trail(platform: Platform, machine: Scope) -> None:
    from care.store.trail import TrailEvent

    made = opened(platform, machine, "c.durand")
    accounts.reset_password(platform, machine, made.id, "nouvelle phrase longue")
    with platform.database.read() as session:
        told = " ".join(f"{row.thing_id} {row.detail}" for row in session.scalars(select(TrailEvent)))
    assert "phrase" not in told
    assert "argon2" not in told
