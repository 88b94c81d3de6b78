"""Tens of thousands of failed sign-ins: what is hashed and kept stays bounded, the right person still gets in.

Three attacks in turn, one attempt a second by a clock of their own: one address at one account, one address going
through logins, and a crowd that never shows the same address nor login twice. Every hundredth second the person whose
account it is signs in from the browser they use every day.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import func, select

from bench.soak_result import Soaked
from care import config
from care.domain.access import PLATFORM, Grant, Role, machine_scope
from care.domain.brake import FORGOTTEN_AFTER
from care.services import accounts, sessions
from care.services.accounts import AccountDraft
from care.services.errors import Refused, Throttled
from care.services.platform import Platform
from care.services.setup import prepare_database
from care.store.accounts import SignInBrake, WebSession
from care.wiring import build_platform
from tests.support.clock import FixedClock

LOGIN, PASSWORD, AT_WORK = "c.durand", "une phrase assez longue", "mark-of-the-usual-browser"
OFTEN = 100
# What one hour of attempts leaves: an account and an address each, and the person's own browser.
MOST_ROWS = 2 * int(FORGOTTEN_AFTER.total_seconds()) + 1
# From one address: 30 free attempts at most, some while the wait doubles, then four an hour.
FREE, AN_HOUR = 40, 5


class Counted:
    """Passwords that count how often one of them is worked on."""

    def __init__(self) -> None:
        self.work = 0

    def hash(self, password: str) -> str:
        """A stand-in for a hash."""
        self.work += 1
        return f"hash of {password}"

    def verify(self, stored: str, password: str) -> bool:
        """Whether the password is the one of the stand-in."""
        self.work += 1
        return stored == f"hash of {password}"

    def outdated(self, stored: str) -> bool:
        """Never."""
        return False


@dataclass(frozen=True)
class Attack:
    """Who is guessed at and from where, at each attempt; `bounded` when the brake must stop most of it."""

    name: str
    aim: Callable[[int], tuple[str, str]]
    bounded: bool


ATTACKS = (
    Attack("one address, one account", lambda _n: (LOGIN, "192.0.2.1"), True),
    Attack("one address, many logins", lambda n: (f"personne{n}", "192.0.2.2"), True),
    Attack(
        "a crowd of addresses and logins", lambda n: (f"autre{n}", f"2001:db8:{n >> 16:x}:{n & 0xFFFF:x}::1"), False
    ),
)


@dataclass(frozen=True)
class Told:
    """What one attack cost."""

    hashed: int
    rows: int
    kept_out: int
    first: float
    last: float


def run(attempts: int) -> Soaked:
    """The attacks, `attempts` in all."""
    each = attempts // len(ATTACKS)
    with tempfile.TemporaryDirectory(prefix="care-guesses-") as name:
        clock, passwords = FixedClock(), Counted()
        built = build_platform(config.load({"CARE_DATA_DIR": name}, Path(name)))
        platform = replace(built, clock=clock, passwords=passwords)
        try:
            prepare_database(platform)
            draft = AccountDraft(LOGIN, "Camille Durand", PASSWORD, (Grant(Role.ADMINISTRATOR, PLATFORM),))
            accounts.open_account(platform, machine_scope("bench"), draft)
            told = {attack: _attack(platform, clock, passwords, attack, each) for attack in ATTACKS}
        finally:
            platform.doorbell.close()
            platform.database.close()
    head = "| attack | attempts | hashed | rows at most | ms an attempt, first and last tenth | refused to the person |"
    lines = [_line(attack, seen, each) for attack, seen in told.items()]
    faults = [fault for attack, seen in told.items() for fault in _faults(attack, seen, each)]
    return Soaked(f"Failed sign-ins, {each * len(ATTACKS)}", (head, "|---|---|---|---|---|---|", *lines), tuple(faults))


def _line(attack: Attack, seen: Told, times: int) -> str:
    spent = f"{seen.first:.1f} and {seen.last:.1f}"
    return f"| {attack.name} | {times} | {seen.hashed} | {seen.rows} | {spent} | {seen.kept_out} |"


def _attack(platform: Platform, clock: FixedClock, passwords: Counted, attack: Attack, times: int) -> Told:
    hashed = rows = kept_out = 0
    spent: list[float] = []
    for number in range(times):
        login, address = attack.aim(number)
        before, begin = passwords.work, time.perf_counter()
        _guess(platform, login, address)
        spent.append(time.perf_counter() - begin)
        hashed += passwords.work > before
        clock.forward(seconds=1)
        if number % OFTEN == OFTEN - 1:
            kept_out += not _person_enters(platform)
            rows = max(rows, _count(platform))
    tenth = max(1, times // 10)
    return Told(hashed, rows, kept_out, _mean(spent[:tenth]), _mean(spent[-tenth:]))


def _guess(platform: Platform, login: str, address: str) -> None:
    try:
        sessions.sign_in(platform, login, "faux mot de passe", address)
    except Refused:
        return
    raise AssertionError(f"a wrong password opened {login}")


def _person_enters(platform: Platform) -> bool:
    try:
        opened = sessions.sign_in(platform, LOGIN, PASSWORD, "192.0.2.1", known=AT_WORK)
    except Throttled:
        return False
    sessions.sign_out(platform, opened.token)
    return True


def _count(platform: Platform) -> int:
    with platform.database.read() as session:
        kept = session.scalar(select(func.count()).select_from(SignInBrake)) or 0
        return kept + (session.scalar(select(func.count()).select_from(WebSession)) or 0)


def _faults(attack: Attack, seen: Told, times: int) -> list[str]:
    most = FREE + AN_HOUR * times // 3600
    faults = []
    if attack.bounded and seen.hashed > most:
        faults.append(f"{attack.name}: {seen.hashed} passwords hashed, {most} at most were expected")
    if seen.rows > MOST_ROWS:
        faults.append(f"{attack.name}: {seen.rows} rows kept, {MOST_ROWS} at most were expected")
    if seen.kept_out:
        faults.append(f"{attack.name}: the right person was kept out {seen.kept_out} times")
    return faults


def _mean(spent: list[float]) -> float:
    return 1000 * sum(spent) / len(spent)
