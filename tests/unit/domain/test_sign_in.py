from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from care.domain.brake import FORGOTTEN_AFTER, LONGEST_WAIT, Brake, after_failure
from care.domain.passwords import password_fault

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize("password", ["a b c d e f ", "correct cheval pile", "éàçùôîûêëïüö", "Zx9!" * 64])
def test_a_long_password_is_enough(password: str) -> None:
    if len(set(password)) >= 5:
        assert password_fault(password, "c.durand", "Camille Durand") is None


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("onze signes", "at least 12"),
        ("abcdefghijk", "at least 12"),
        ("abc" * 100, "exceed 256"),
        ("aaaaaaaaaaaaaaaa", "different"),
        ("abcdabcdabcd", "different"),
        ("le mot C.DURAND ici", "login"),
        ("mon nom est durand", "login"),
        ("chez camille 2026", "login"),
    ],
)
def test_other_passwords_are_refused(password: str, said: str) -> None:
    fault = password_fault(password, "c.durand@hopital.fr", "Camille Durand")
    assert fault is not None
    assert said in fault.en


def test_a_very_short_login_forbids_nothing() -> None:
    assert password_fault("une phrase assez longue", "ux", "Li U") is None


def after(failures: int, free: int = 5) -> Brake:
    brake: Brake | None = None
    for _ in range(failures):
        brake = after_failure(brake, free, NOW)
    assert brake is not None
    return brake


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0), (4, 0), (5, 30), (6, 60), (7, 120), (9, 480), (10, 900), (50, 900), (5000, 900)]
)
def test_the_wait_doubles_up_to_a_quarter_of_an_hour(failures: int, seconds: int) -> None:
    assert after(failures).wait(NOW) == timedelta(seconds=seconds)


def test_the_wait_runs_out() -> None:
    brake = after(5)
    assert brake.wait(NOW + timedelta(seconds=29)) == timedelta(seconds=1)
    assert brake.wait(NOW + timedelta(seconds=30)) == timedelta(0)


def test_failures_are_forgotten_after_an_hour() -> None:
    assert after_failure(after(9), 5, NOW + FORGOTTEN_AFTER - timedelta(seconds=1)).failures == 10
    assert after_failure(after(9), 5, NOW + FORGOTTEN_AFTER).failures == 1


def test_a_clock_gone_back_never_closes_an_account_for_longer() -> None:
    assert after(50).wait(NOW - timedelta(days=300)) == LONGEST_WAIT
