"""So many requests a second, and only at some hours; a message that drips is not waited for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scanners.ad.collect import Request, collect
from scanners.ad.ldap import collect_ber as ber
from scanners.ad.ldap.collect_errors import BrokenAnswer, WindowClosed
from scanners.ad.ldap.collect_pace import Hours, Pace, parse_hours
from scanners.ad.ldap.collect_wire import Messages
from scanners.collect import Context
from scanners.errors import CollectError, FieldError

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that moves when one sleeps, or by itself at each reading."""

    def __init__(self, step: float = 0.0) -> None:
        self.at = 100.0
        self.step = step
        self.slept: list[float] = []

    def __call__(self) -> float:
        self.at += self.step
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


def test_requests_wait_for_their_turn() -> None:
    clock = Clock()
    pace = Pace(4, None, lambda: NOON, clock, clock.sleep)
    for _ in range(3):
        pace()
    clock.at += 10  # a slow page: nothing to make up for
    pace()
    pace()
    assert clock.slept == [0.25, 0.25, 0.25]


def test_no_limit_is_no_wait() -> None:
    clock = Clock()
    pace = Pace(0, None, lambda: NOON, clock, clock.sleep)
    pace()
    pace()
    assert clock.slept == []


@pytest.mark.parametrize(
    ("text", "at", "allowed"),
    [
        ("08:00-18:00", 8, True),
        ("08:00-18:00", 7, False),
        ("08:00-18:00", 18, False),
        ("22:00-06:00", 23, True),
        ("22:00-06:00", 5, True),
        ("22:00-06:00", 6, False),
        ("22:00-06:00", 12, False),
    ],
)
def test_hours_may_pass_midnight(text: str, at: int, allowed: bool) -> None:
    hours = parse_hours(text, "UTC")
    assert hours is not None
    assert hours.contain(NOON.replace(hour=at)) is allowed


def test_hours_are_those_of_the_hospital() -> None:
    hours = parse_hours("13:00-14:00", "Europe/Paris")  # noon in London is one o'clock in Paris
    assert isinstance(hours, Hours)
    assert hours.contain(NOON)
    assert hours.told(NOON) == "13:00"


def test_no_hours_is_any_hour() -> None:
    assert parse_hours("", "") is None


@pytest.mark.parametrize(
    ("text", "zone"),
    [("22-6", ""), ("25:00-06:00", ""), ("22:00-22:00", ""), ("x", ""), ("", "Mars/Olympus"), ("", "../etc/passwd")],
)
def test_other_texts_are_no_hours(text: str, zone: str) -> None:
    with pytest.raises(FieldError):
        parse_hours(text, zone)


def test_the_end_of_the_hours_stops_the_reading() -> None:
    moments = iter([NOON, NOON + timedelta(hours=1)])
    pace = Pace(0, parse_hours("12:00-13:00", "UTC"), lambda: next(moments))
    pace()
    with pytest.raises(WindowClosed) as closed:
        pace()
    assert "12:00-13:00" in closed.value.gap.fr


def test_an_audit_outside_the_hours_never_begins() -> None:
    request = Request(server="ldaps://127.0.0.1:1", user="u", hours="22:00-06:00", time_zone="UTC")
    with pytest.raises(CollectError, match="It is 12:00"):
        collect(request, Context({"password": "x"}, lambda _share, _text: None, NOON))


class Dripping:
    """A channel that gives one byte at a time."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def recv(self, _size: int, /) -> bytes:
        part, self.content = self.content[:1], self.content[1:]
        return part

    def sendall(self, data: bytes, /) -> None:
        raise AssertionError(data)


def test_a_message_that_drips_is_given_up() -> None:
    message = ber.tlv(0x30, b"x" * 50)
    assert Messages(Dripping(message), 60, clock=Clock(1)).next() == b"x" * 50
    with pytest.raises(BrokenAnswer, match="no whole answer in 20 s"):
        Messages(Dripping(message), 20, clock=Clock(1)).next()
