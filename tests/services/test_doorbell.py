"""The doorbell on Huey: JSON only, each ring heard once, a broken queue harmless."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from care.adapters.huey_doorbell import HueyDoorbell, postgresql_doorbell, sqlite_doorbell
from care.domain.jobs import Lane


@pytest.fixture
def doorbell(empty_url: str, tmp_path: Path) -> Iterator[HueyDoorbell]:
    url = make_url(empty_url)
    if url.get_backend_name() == "sqlite":
        opened = sqlite_doorbell(tmp_path / "queue.sqlite3")
    else:
        opened = postgresql_doorbell(url.set(drivername="postgresql").render_as_string(hide_password=False))
    yield opened
    opened.close()


@pytest.mark.both_databases
def test_each_ring_is_heard_once_in_its_lane(doorbell: HueyDoorbell) -> None:
    doorbell.ring(Lane.AUDIT, 7)
    doorbell.ring(Lane.AUDIT, 8)
    doorbell.ring(Lane.SERVICE, 9)
    assert doorbell.wait(Lane.AUDIT, 0) == 7
    assert doorbell.wait(Lane.AUDIT, 0) == 8
    assert doorbell.wait(Lane.AUDIT, 0) is None
    assert doorbell.wait(Lane.SERVICE, 0) == 9


@pytest.mark.both_databases
def test_a_ring_wakes_one_waiter(doorbell: HueyDoorbell) -> None:
    heard: list[int | None] = []

    def wait() -> None:
        heard.append(doorbell.wait(Lane.AUDIT, 3))
        doorbell.close()

    threads = [threading.Thread(target=wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    doorbell.ring(Lane.AUDIT, 5)
    for thread in threads:
        thread.join()
    assert sorted(heard, key=str) == [5, None, None]


@pytest.mark.both_databases
def test_threads_of_a_worker_may_close_at_once(doorbell: HueyDoorbell) -> None:
    doorbell.ring(Lane.AUDIT, 5)
    faults: list[BaseException] = []
    together = threading.Barrier(8)

    def close() -> None:
        for _ in range(20):
            together.wait()
            try:
                doorbell.wait(Lane.AUDIT, 0)
                doorbell.close()
            except Exception as fault:  # noqa: BLE001 - whatever it is, the test shows it
                faults.append(fault)

    threads = [threading.Thread(target=close) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_messages_are_json_and_anything_else_is_thrown_away(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite3"
    doorbell = sqlite_doorbell(path)
    doorbell.ring(Lane.AUDIT, 7)
    with sqlite3.connect(path) as queue:
        (message,) = queue.execute("SELECT data FROM task").fetchone()
        assert bytes(message).startswith(b'{"id": ')
        queue.execute("UPDATE task SET data = ?", (b"\x80\x04cos\nsystem\n(S'touch /tmp/owned'\ntR.",))
    queue.close()
    assert doorbell.wait(Lane.AUDIT, 0) is None
    doorbell.ring(Lane.AUDIT, 8)
    assert doorbell.wait(Lane.AUDIT, 0) == 8
    doorbell.close()


def test_a_queue_that_cannot_be_opened_neither_rings_nor_raises(tmp_path: Path) -> None:
    doorbell = sqlite_doorbell(tmp_path)
    doorbell.ring(Lane.AUDIT, 7)
    assert doorbell.wait(Lane.AUDIT, 0) is None
    doorbell.close()
