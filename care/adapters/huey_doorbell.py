"""The doorbell behind the job table: Huey, on a SQLite file beside the database or on PostgreSQL itself.

A message is one line of JSON holding a job's number, never pickle: a writable queue must not mean code execution.
Huey's own retries, schedules and results are unused; what a job is and whether it may run is read in the job table.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from huey import Huey
from huey.exceptions import HueyException
from huey.registry import Message
from huey.storage import PostgresStorage, SqliteStorage

from care.domain.jobs import Lane

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.2
_TROUBLES = (OSError, sqlite3.Error, psycopg.Error, HueyException, ValueError, KeyError)
"""A broken queue or a message that is not ours: the job table is polled anyway, so it is logged and forgotten."""


class _JsonMessages:
    """Huey's serializer: the task's name and its only argument."""

    def serialize(self, message: Any) -> bytes:  # noqa: ANN401 - Huey is not typed
        """One message as JSON."""
        return json.dumps({"id": message.id, "task": message.name, "job": message.args[0]}).encode()

    def deserialize(self, data: bytes) -> Any:  # noqa: ANN401 - Huey is not typed
        """A message from JSON; ValueError or KeyError when it is not ours."""
        document = json.loads(bytes(data))
        return Message(id=document["id"], name=document["task"], args=(int(document["job"]),), kwargs={})


class HueyDoorbell:
    """One Huey queue per lane, in one storage, opened when first used."""

    def __init__(self, make: Callable[[str], Any]) -> None:
        """`make` opens the Huey queue of a given name."""
        self._make = make
        self._queues: dict[Lane, Any] = {}
        self._tasks: dict[Lane, Any] = {}
        self._opening = threading.Lock()

    def ring(self, lane: Lane, job_id: int) -> None:
        """Put the job's number in the lane's queue."""
        try:
            self._opened(lane)
            self._tasks[lane](job_id)
        except _TROUBLES:
            log.warning("the doorbell of job %d did not ring; it will be found by polling", job_id, exc_info=True)

    def wait(self, lane: Lane, seconds: float) -> int | None:
        """The next job rung for in this lane, or None after that time."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                task = self._opened(lane).dequeue()
            except _TROUBLES:
                log.warning("a message of the queue %s could not be read", lane, exc_info=True)
                task = None
            if task is not None:
                return int(task.args[0])
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return None
            time.sleep(min(_POLL_SECONDS, remaining))

    def close(self) -> None:
        """Close the connections; whoever still waits opens them again."""
        with self._opening:  # Huey's own close breaks when two threads of a worker end at once
            for queue in self._queues.values():
                queue.storage.close()

    def _opened(self, lane: Lane) -> Any:  # noqa: ANN401 - Huey is not typed
        with self._opening:
            if lane not in self._queues:
                queue = self._make(lane.value)
                self._tasks[lane] = queue.task(name="answer")(_answered_by_the_worker)
                self._queues[lane] = queue
            return self._queues[lane]


def sqlite_doorbell(path: Path) -> HueyDoorbell:
    """A queue in a SQLite file of its own: Huey takes exclusive locks, which must not hold up the database."""
    return HueyDoorbell(
        lambda name: Huey(
            name, results=False, serializer=_JsonMessages(), storage_class=SqliteStorage, filename=str(path)
        )
    )


def postgresql_doorbell(dsn: str) -> HueyDoorbell:
    """A queue in the PostgreSQL database at `dsn` (libpq form)."""
    return HueyDoorbell(
        lambda name: Huey(
            name,
            results=False,
            serializer=_JsonMessages(),
            storage_class=PostgresStorage,
            dsn=dsn,
            table_prefix="care_queue",
            blocking=False,
        )
    )


def _answered_by_the_worker(_job_id: int) -> None:
    """Huey wants a function behind a message; the worker's loop answers instead."""
