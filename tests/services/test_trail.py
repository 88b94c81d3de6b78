from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from care.domain.access import Scope
from care.services.platform import Platform
from care.services.trail import Thing, record, verify
from care.store.trail import TrailEvent, TrailHead

both = pytest.mark.both_databases


def write(platform: Platform, scope: Scope, count: int = 3) -> None:
    for number in range(count):
        with platform.database.write() as session:
            now = platform.clock.now() + timedelta(microseconds=number)
            record(session, scope, "test.done", Thing("test", number), now, {"étape": number, "part": 0.1})


@both
def test_a_chain_written_is_sound(platform: Platform, machine: Scope) -> None:
    assert verify(platform).sound
    write(platform, machine, 5)
    report = verify(platform)
    assert (report.sound, report.events) == (True, 5)


@pytest.mark.parametrize(
    ("number", "column", "value"),
    [(2, "actor", "someone"), (1, "detail", {"étape": 9}), (3, "thing_id", "x"), (2, "previous_hash", "0" * 64)],
)
def test_a_changed_event_breaks_the_chain(
    platform: Platform, machine: Scope, number: int, column: str, value: object
) -> None:
    write(platform, machine)
    with platform.database.write() as session:
        session.execute(update(TrailEvent).where(TrailEvent.number == number).values({column: value}))
    report = verify(platform)
    assert report.fault is not None
    assert str(number) in report.fault.fr
    assert report.events == number - 1


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_removed_event_is_missed_even_at_the_end(platform: Platform, machine: Scope, number: int) -> None:
    write(platform, machine)
    with platform.database.write() as session:
        session.execute(delete(TrailEvent).where(TrailEvent.number == number))
    assert not verify(platform).sound


def test_a_lost_head_is_missed(platform: Platform, machine: Scope) -> None:
    write(platform, machine)
    with platform.database.write() as session:
        session.execute(delete(TrailHead))
    assert not verify(platform).sound


def test_an_event_goes_with_its_transaction(platform: Platform, machine: Scope) -> None:
    def interrupted() -> None:
        with platform.database.write() as session:
            record(session, machine, "test.done", Thing("test", 1), platform.clock.now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    assert verify(platform).events == 0


@both
def test_concurrent_writers_keep_one_chain(platform: Platform, machine: Scope) -> None:
    writers = [threading.Thread(target=write, args=(platform, machine, 10)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    report = verify(platform)
    assert (report.fault, report.events) == (None, 40)
