"""Stand-ins for the ports of the platform that need no machine."""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from care.domain.jobs import Lane
from scanners.ad.level import Treatment
from scanners.archive import Archive, read_archive
from scanners.collect import Progress
from scanners.collection import Limits
from scanners.errors import CollectError
from scanners.judging import DirectoryJudged, directory_judged, directory_read
from scanners.result import judge


class MemoryDoorbell:
    """Rings inside one process; `rung` remembers every ring."""

    def __init__(self) -> None:
        self.rung: list[tuple[Lane, int]] = []
        self._waiting: dict[Lane, queue.SimpleQueue[int]] = {lane: queue.SimpleQueue() for lane in Lane}

    def ring(self, lane: Lane, job_id: int) -> None:
        self.rung.append((lane, job_id))
        self._waiting[lane].put(job_id)

    def wait(self, lane: Lane, seconds: float) -> int | None:
        try:
            return self._waiting[lane].get(timeout=seconds)
        except queue.Empty:
            return None

    def close(self) -> None:
        return None


class MemoryMailer:
    """Keeps what it is given; raises `trouble` instead when there is one."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.trouble: Exception | None = None

    def send(self, message: EmailMessage) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.sent.append(message)


class JudgeHere:
    """Directories judged in the process of the test, or as it planned."""

    def __init__(self) -> None:
        self.plan: Callable[..., DirectoryJudged] = judge_here

    def __call__(
        self,
        facts: Path,
        treatments: Mapping[str, Treatment],
        folder: Path,
        limits: Limits,
        cancelled: Callable[[], bool],
    ) -> DirectoryJudged:
        return self.plan(facts, treatments, folder, limits, cancelled)


def judge_here(facts: Path, treatments: Mapping[str, Treatment], *_bounds: object) -> DirectoryJudged:
    archive = read_archive(facts)
    return directory_judged(directory_read(archive), judge(archive), treatments)


class PlannedCollect:
    """A collection whose end is planned by the test: `make` gets the call's arguments and returns or raises."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Mapping[str, Any], Mapping[str, str]]] = []
        self.make: Callable[[str, Mapping[str, Any], Path, Progress, Callable[[], bool]], Archive[Any]] | None = None

    def __call__(
        self,
        scanner: str,
        request: Mapping[str, Any],
        secrets: Mapping[str, str],
        out: Path,
        limits: Limits,
        progress: Progress,
        cancelled: Callable[[], bool],
        stopped: Callable[[], bool] = lambda: False,
    ) -> Archive[Any]:
        self.calls.append((scanner, dict(request), dict(secrets)))
        if self.make is None:
            raise CollectError("Aucune collecte prévue.", "No collection planned.")
        return self.make(scanner, request, out, progress, lambda: cancelled() or stopped())
